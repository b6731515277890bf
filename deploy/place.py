"""Where the API is: where the settings say, or in the running embedded stack of a data folder; it calls nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

from deploy.stack import read_live
from deploy.token_file import token_file
from schema.errors import DrystoneError

#: Seconds after which a stack that ended is not waited for any more: one that is started again has a record in less.
STOPPED_SECONDS: Final = 5.0


class StackStopped(DrystoneError):
    """The stack was stopped."""

    code = "STACK_STOPPED"
    fault = "world"


@dataclass(frozen=True)
class Address:
    """Where to call, and as whom."""

    url: str
    token: str | None = field(default=None, repr=False)
    #: What to do where it does not know the caller.
    advice: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": f"Bearer {self.token}"}


class Place(Protocol):
    """Says where the API is."""

    @property
    def is_near(self) -> bool:
        """Say whether it is on this machine."""

    def address(self) -> Address | None:
        """Give where it is now, or None while that is not known; raise where it will not come back."""


@dataclass(frozen=True)
class FixedPlace:
    """Where DRYSTONE_API_URL says."""

    given: Address
    is_near: bool

    def address(self) -> Address:
        return self.given


@dataclass
class FolderPlace:
    """In the embedded stack of a data folder, which may be stopped and started again meanwhile."""

    data_dir: Path
    is_near: bool = True
    _gone_at: float | None = None

    def address(self) -> Address | None:
        found = read_live(self.data_dir)
        if found is None:
            self._gone_at = self._gone_at or monotonic()
            if monotonic() - self._gone_at > STOPPED_SECONDS:
                raise StackStopped(f"The stack of {self.data_dir} was stopped. What was accepted goes on when it runs.")
            return None
        self._gone_at = None
        if found.endpoints is None or found.endpoints.api_url is None:
            return None
        file = token_file(self.data_dir)
        token = file.read_text(encoding="utf-8").strip() if file.exists() else None
        return Address(found.endpoints.api_url, token, f"Its key is expected in {file}.")
