"""A block that gives what is said in a video on YouTube, where it has subtitles; it hears nothing itself.

YouTube has no documented way to them but for the video's owner. This asks what YouTube's own app asks (`youtubei/v1/player`,
and the address of subtitles that it gives), so it works until YouTube changes that, and it refuses many addresses of data centres:
hence the proxy. Whether you may do so is between you and YouTube.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from blocks.providers.webshare import WEBSHARE, WebshareCredentials
from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, RateLimited, Unavailable, Yield, pin
from blocks.sdk.rest import found_at
from blocks.sdk.samples import sample, sample_password
from blocks.webshare.tunnel import Tunnel
from schema.errors import InvalidInput, shorten

_KEY: Final = sample_password(WEBSHARE)
_SITE: Final = "www.youtube.com"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_HOSTS: Final = frozenset(
    {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "www.youtube-nocookie.com"}
)
_KINDS: Final = frozenset({"embed", "shorts", "live", "v"})
#: The app that is asked as: the web page's subtitles need a proof of a browser.
_CLIENT: Final = {"clientName": "ANDROID", "clientVersion": "20.10.38", "hl": "en"}
_LANGUAGE: Final = "en"


def video_id_of(address: str) -> str:
    """Give the id in a video's address; raise InvalidInput where there is none."""
    text = address.strip()
    parts = urlsplit(text if "//" in text else f"https://{text}")
    path = parts.path.strip("/").split("/")
    found = ""
    if _ID.fullmatch(text):
        found = text
    elif parts.hostname == "youtu.be":
        found = path[0]
    elif parts.hostname in _HOSTS:
        found = path[1] if len(path) > 1 and path[0] in _KINDS else dict(parse_qsl(parts.query)).get("v", "")
    if not _ID.fullmatch(found):
        said = shorten(text, 100)
        raise InvalidInput(
            f"{said!r} is no video's address: write https://www.youtube.com/watch?v=...", pin="youtube_url"
        )
    return found


class TranscribeYoutubeVideo(Block):
    """Give what is said in a video on YouTube, line by line: its subtitles, in English if there are some."""

    id = "f3a8f7e1-4b1d-4e5f-9f2a-7c3d5a2e6b4c"
    name = "TranscribeYoutubeVideoBlock"
    categories = ("SOCIAL",)

    class Input(BlockInput):
        youtube_url: str = pin(description="The video.", placeholder="https://www.youtube.com/watch?v=dQw4w9WgXcQ")
        credentials: WebshareCredentials = pin(description="A proxy of Webshare's: YouTube refuses data centres.")

    class Output(BlockOutput):
        video_id: str = pin(description="The video's id.")
        transcript: str = pin(description="What is said.")

    examples = (
        sample(
            _KEY,
            {"youtube_url": "https://example.com/video"},
            [],
            title="It is no video's address",
            error="is no video's address",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        video = video_id_of(inputs.youtube_url)
        yield "video_id", video
        tunnel = Tunnel(_SITE, inputs.credentials, context)
        track = _best(await _tracks(tunnel, video), video)
        yield "transcript", _text(await _asked(tunnel, "GET", _place(track)))


async def _tracks(tunnel: Tunnel, video: str) -> Sequence[Mapping[str, Any]]:
    body = orjson.dumps({"context": {"client": _CLIENT}, "videoId": video})
    found = await _asked(tunnel, "POST", "/youtubei/v1/player?prettyPrint=false", body)
    status = found_at(found, ("playabilityStatus", "status"))
    if status != "OK":
        why = found_at(found, ("playabilityStatus", "reason")) or status or "no reason is given"
        raise BlockFailed(f"YouTube does not play {video}: {shorten(str(why), 300)}")
    return found_at(found, ("captions", "playerCaptionsTracklistRenderer", "captionTracks")) or []


def _best(tracks: Sequence[Mapping[str, Any]], video: str) -> Mapping[str, Any]:
    """Give the subtitles to read: English before others, and those that a person wrote before others."""
    if not tracks:
        raise BlockFailed(f"The video {video} has no subtitles.")
    return min(
        tracks,
        key=lambda track: (not str(track.get("languageCode")).startswith(_LANGUAGE), track.get("kind") == "asr"),
    )


def _place(track: Mapping[str, Any]) -> str:
    """Give the path of subtitles, as JSON; the address must be YouTube's own."""
    parts = urlsplit(str(track.get("baseUrl") or ""))
    if parts.hostname not in (None, _SITE) or not parts.path.startswith("/api/timedtext"):
        raise Unavailable("YouTube names an address for subtitles that is not its own.")
    query = {**dict(parse_qsl(parts.query)), "fmt": "json3"}
    return f"{parts.path}?{urlencode(query)}"


async def _asked(tunnel: Tunnel, method: str, path: str, content: bytes = b"") -> Any:
    headers = {"Content-Type": "application/json"} if content else {}
    status, found = await tunnel.ask(method, path, content=content, headers=headers)
    if status == 429:
        raise RateLimited("YouTube answered 429: too many ask from this address.", status=status)
    if status // 100 != 2:
        raise Unavailable(f"YouTube answered {status}.", status=status)
    try:
        return orjson.loads(found)
    except orjson.JSONDecodeError as error:
        raise Unavailable("YouTube answered with what is no JSON: it holds this address for a robot's.") from error


def _text(found: Any) -> str:
    """Give the lines of subtitles in YouTube's JSON."""
    lines = (
        "".join(str(part.get("utf8", "")) for part in event.get("segs") or ()) for event in found.get("events") or ()
    )
    return "\n".join(line for line in (" ".join(one.split()) for one in lines) if line)
