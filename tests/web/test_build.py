"""The build of the web app that is in git: it is of the sources that are in git, small enough, and has nothing that a strict policy forbids."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WEB, STATIC = ROOT / "web", ROOT / "api" / "static"
#: As in web/sources.mjs.
SOURCES = ("src", "public", "index.html", "package.json", "package-lock.json", "vite.config.ts")
FIRST_LOAD_BYTES_MAX = 350 * 1024


def _sources() -> list[str]:
    found = []
    for name in SOURCES:
        path = WEB / name
        found += [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    names = [one.relative_to(WEB).as_posix() for one in found]
    # By code units, as JavaScript sorts: our names are ASCII, where that is the same.
    return sorted(name for name in names if not re.search(r"\.test\.tsx?$", name))


def test_the_build_is_of_these_sources():
    told = hashlib.sha256()
    for name in _sources():
        told.update(f"{name}\0".encode())
        told.update((WEB / name).read_bytes())
        told.update(b"\0")
    built = json.loads((STATIC / "build.json").read_text())["sources"]
    assert built == told.hexdigest(), "web/ has changed since it was built: ./run web build"


def test_the_first_load_is_below_350_kb_of_script():
    """What index.html names, and what that imports without being asked by a screen."""
    waiting, seen = re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', (STATIC / "index.html").read_text()), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        text = (STATIC / name.lstrip("/")).read_text()
        waiting += [f"/assets/{one}" for one in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text)]
    size = sum(len(gzip.compress((STATIC / name.lstrip("/")).read_bytes())) for name in seen)
    assert 50_000 < size < FIRST_LOAD_BYTES_MAX


def test_the_page_has_no_script_or_handler_of_its_own():
    page = (STATIC / "index.html").read_text()
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert re.findall(r"\son\w+=", page) == []
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("word", ["eval(", "new Function("])
def test_no_script_makes_code_from_text(word: str):
    found = [
        path.name
        for path in STATIC.glob("assets/*.js")
        if re.search(rf"(?<![\w.$]){re.escape(word)}", path.read_text())
    ]
    assert found == []


def test_no_source_puts_html_into_the_page_or_keeps_a_token():
    banned = re.compile(
        r"dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|document\.write|Storage\.setItem\([^)]*token"
    )
    found = [
        name
        for name in _sources()
        if name.endswith((".ts", ".tsx")) and banned.search((WEB / name).read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_lock_names_no_host_and_every_package_has_its_hash():
    lock = json.loads((WEB / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name and not one.get("link")}
    assert len(packages) > 300
    assert [name for name, one in packages.items() if "resolved" in one] == []
    assert [name for name, one in packages.items() if "integrity" not in one and not one.get("inBundle")] == []


def test_no_optional_package_of_another_platform_is_missing():
    """`npm ci` on another system fails where the lock was made without that system's packages."""
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    names = {path.rpartition("node_modules/")[2] for path in packages}
    missing = {
        f"{path}: {name}"
        for path, one in packages.items()
        for name in one.get("optionalDependencies", {})
        if name not in names
    }
    assert missing == set()


def test_every_build_file_is_in_git_as_generated():
    listed = subprocess.run(
        ["git", "check-attr", "linguist-generated", "api/static/index.html"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert listed.strip().endswith(("true", "set"))
