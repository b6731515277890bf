"""`./run browser [ARGS]`: the browser tests of web/tests, in headless Chromium, on an embedded stack of their own.

Arguments go to Playwright: a file's name, `-g TITLE`. With `--shots FOLDER` each screen's picture, light and dark, is left there.
`--perf` measures instead (a graph of 500 nodes, a run of 10,000 executions): it wants a quiet machine, and is no part of a check.
Needs Node.js and Chromium (Debian: `chromium`; elsewhere DRYSTONE_CHROMIUM says where it is).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WEB: Final = ROOT / "web"
LINK: Final = re.compile(r"(http://\S+)/sign-in#token=(\S+)")
START_SECONDS: Final = 180.0
#: Text grows so slowly that a test sees it; a test's own server at this address may be asked.
SET: Final = {
    "DRYSTONE_LLM_DEMO": "true",
    "DRYSTONE_LLM_DEMO_WORDS_PER_SECOND": "5",
    "DRYSTONE_EGRESS_ALLOW": "127.0.0.66:8443",
}
#: Where people grant access "at GitHub": a test's own server.
OAUTH: Final = {
    "github": {
        "authorize_url": "http://127.0.0.66:8443/authorize",
        "token_url": "http://127.0.0.66:8443/token",
        "client_id": "drystone",
        "client_secret": "a secret of the tests",
    }
}


def main(words: Sequence[str]) -> int:
    chromium = os.environ.get("DRYSTONE_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    node = shutil.which("node")
    if chromium is None or node is None:
        print("./run browser needs Node.js and Chromium: apt install nodejs npm chromium", file=sys.stderr)
        return 2
    rest, shots = _shots([word for word in words if word != "--perf"])
    rest += ["--grep" if "--perf" in words else "--grep-invert", "@perf"]
    if subprocess.run([node, "run.mjs", "install"], cwd=WEB, check=False).returncode:
        return 2
    with (
        tempfile.TemporaryDirectory(prefix="browser-", dir="/tmp") as name,
        _stack(Path(name) / "data") as (url, token),
    ):
        environment = {
            **os.environ,
            "DRYSTONE_WEB_URL": url,
            "DRYSTONE_WEB_TOKEN": token,
            "DRYSTONE_WEB_DATA_DIR": str(Path(name) / "data"),
            "DRYSTONE_CHROMIUM": chromium,
            "DRYSTONE_BROWSER_OUT": str(Path(name) / "out"),
            **({"DRYSTONE_SHOTS": shots} if shots else {}),
        }
        program = WEB / "node_modules" / ".bin" / "playwright"
        return subprocess.run([str(program), "test", *rest], cwd=WEB, env=environment, check=False).returncode


def _shots(words: Sequence[str]) -> tuple[list[str], str | None]:
    rest = list(words)
    if "--shots" not in rest:
        return rest, None
    at = rest.index("--shots")
    folder = Path(rest[at + 1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return rest[:at] + rest[at + 2 :], str(folder)


@contextmanager
def _stack(data: Path) -> Iterator[tuple[str, str]]:
    """Start a stack as a person does, and give the web app's address and the token of the link that it shows."""
    command = [sys.executable, "-P", "-m", "deploy", "dev", "--no-reload"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DRYSTONE_")}
    oauth = data.parent / "oauth.json"
    oauth.write_text(json.dumps(OAUTH))
    environment = {**plain, "DRYSTONE_DATA_DIR": str(data), "DRYSTONE_OAUTH_FILE": str(oauth), **SET}
    stack = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield _link(stack)
    finally:
        stack.terminate()
        stack.wait(60)


def _link(stack: subprocess.Popen[str]) -> tuple[str, str]:
    assert stack.stdout is not None
    said, ends = "", monotonic() + START_SECONDS
    for line in stack.stdout:
        said += line
        found = LINK.search(line)
        if found is not None:
            # What it says from now on is read and dropped: a full pipe would hold it.
            Thread(target=stack.stdout.read, daemon=True).start()
            return found[1], found[2]
        if monotonic() > ends:
            break
    raise SystemExit(f"The stack did not come up:\n{said}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
