"""Files that go in and come out: their names, their limits, and what is no file of the code's."""

from __future__ import annotations

import base64

import pytest

from blocks.sandbox.bounds import Bounds
from blocks.sandbox.command import WORK_FOLDER
from blocks.sandbox.files import read_files, show_files
from blocks.sandbox.running import Job, Language, run_job
from schema.errors import BlockFailed, ValueTooLarge
from schema.limits import LIMITS


async def written_by(code: str, given: dict[str, str] | None = None, **fields) -> tuple[dict[str, bytes], int]:
    job = Job(Language.PYTHON, (code,), files=read_files(given or {}))
    outcome = await run_job(job, Bounds(**{"seconds": 10.0, **fields}))
    return outcome.files, outcome.left_out


def test_text_and_data_uris_go_in() -> None:
    files = read_files({"a.txt": "ä", "b/c.bin": "data:application/octet-stream;base64,AP8=", "d": "data:,x%20y"})
    assert {name: base64.b64decode(data) for name, data in files.items()} == {
        "a.txt": "ä".encode(),
        "b/c.bin": b"\x00\xff",
        "d": b"x y",
    }


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/../../x", "/etc/passwd", "a\x00b", "n" * 201])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(BlockFailed, match="no name for a file"):
        read_files({name: "x"})


@pytest.mark.parametrize("text", ["data:", "data:text/plain;base64,%%%", "data:;base64,a"])
def test_a_broken_data_uri_is_refused(text: str) -> None:
    with pytest.raises(BlockFailed, match="no data: URI"):
        read_files({"a": text})


def test_too_many_or_too_large_files_are_refused() -> None:
    with pytest.raises(BlockFailed, match="at most 100 go in"):
        read_files({str(number): "" for number in range(LIMITS.code_files_max + 1)})
    with pytest.raises(ValueTooLarge):
        read_files({"a": "x" * (LIMITS.code_files_bytes_max + 1)})


def test_text_comes_out_as_text_and_the_rest_as_data_uris() -> None:
    shown = show_files({"a.txt": "ä".encode(), "b/c.png": b"\x89PNG", "zero": b"a\x00"})
    assert [(one["name"], one["content"]) for one in shown] == [
        ("a.txt", "ä"),
        ("c.png", "data:image/png;base64,iVBORw=="),
        ("zero", "data:application/octet-stream;base64,YQA="),
    ]
    assert (shown[1]["path"], shown[1]["relative_path"]) == (f"{WORK_FOLDER}/b/c.png", "b/c.png")


@pytest.mark.usefixtures("place")
class TestInTheSandbox:
    async def test_what_the_code_wrote_comes_out_and_what_it_was_given_does_not(self) -> None:
        code = "import os\nos.makedirs('b')\nopen('b/new', 'w').write('n')\nopen('changed', 'a').write('2')"
        files, _ = await written_by(code, {"given": "1", "changed": "1"})
        assert files == {"b/new": b"n", "changed": b"12"}

    async def test_a_given_module_can_be_imported(self) -> None:
        job = Job(
            Language.PYTHON, ("import tool\ntool.answer()",), files=read_files({"tool.py": "def answer(): return 42"})
        )
        outcome = await run_job(job, Bounds(seconds=10))
        assert outcome.main is not None
        assert outcome.main["text"] == "42"
        assert outcome.files == {}

    async def test_links_lead_nowhere_and_are_no_files(self) -> None:
        code = (
            "import os\nos.symlink('/etc/hostname', 'link')\nos.symlink('/', 'root')\nos.symlink('../..', 'up')\n"
            "os.mkfifo('fifo')\nopen('real', 'w').write('r')\nos.link('real', 'hard')"
        )
        files, _ = await written_by(code)
        assert files == {"real": b"r", "hard": b"r"}

    async def test_hidden_and_cached_files_are_not_asked_for(self) -> None:
        folders = (".cache", "__pycache__", "node_modules")
        code = f"import os\nfor d in {folders}:\n    os.makedirs(d)\n    open(d + '/x', 'w').write('x')"
        assert (await written_by(code))[0] == {}

    async def test_what_does_not_fit_is_left_out_and_counted(self) -> None:
        code = "for i in range(5): open(f'{i}', 'w').write('x' * 10)"
        assert (await written_by(code, files=3)) == ({str(i): b"x" * 10 for i in range(3)}, 2)
        assert (await written_by(code, files_bytes=25)) == ({str(i): b"x" * 10 for i in range(2)}, 3)

    async def test_a_name_that_is_no_text_does_no_harm(self) -> None:
        files, _ = await written_by("open(b'\\xff\\xfe', 'w').write('x')\nopen('ok', 'w').write('y')")
        assert files["ok"] == b"y"

    async def test_a_folder_that_goes_down_without_end_ends_nothing(self) -> None:
        dig = "import os\nfor _ in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\n"
        files, _ = await written_by(f"{dig}open('bottom', 'w').write('x')\nopen('{WORK_FOLDER}/top', 'w').write('t')")
        assert files["top"] == b"t"
