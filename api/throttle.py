"""The throttle: so many requests a minute of one caller, address or webhook, and tries to sign in; in this process's memory."""

from __future__ import annotations

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from api.config import ApiConfig
from api.errors import TooManyRequests


class Throttle:
    """Counts by minute. Several API processes each count for themselves."""

    def __init__(self, config: ApiConfig) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limits: dict[str, RateLimitItem] = {
            "caller": RateLimitItemPerMinute(config.requests_per_minute),
            "address": RateLimitItemPerMinute(config.requests_per_minute_unknown),
            "sign-in": RateLimitItemPerMinute(config.sign_ins_per_minute),
            "webhook": RateLimitItemPerMinute(config.deliveries_per_minute),
            "codec": RateLimitItemPerMinute(config.codec_calls_per_minute),
            "tools": RateLimitItemPerMinute(config.tool_lists_per_minute),
        }

    async def take(self, what: str, who: str, cost: int = 1) -> None:
        """Count one more; raise TooManyRequests beyond the limit."""
        if not await self._limiter.hit(self._limits[what], what, who, cost=cost):
            raise TooManyRequests(retry_after_seconds=60)
