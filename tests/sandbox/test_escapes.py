"""The suite of escapes (security.md, S09): each act fails inside, and works where its control says, so that the wall is why."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from blocks.sandbox import process
from blocks.sandbox.places import Place
from tests.sandbox.acts import ACTS, Act
from tests.sandbox.conftest import Sandboxed, outside, run_inside

pyseccomp = pytest.importorskip("pyseccomp", exc_type=(ImportError, RuntimeError))

#: A filter of one instruction: BPF_RET with SECCOMP_RET_ALLOW; linux/seccomp.h.
ALLOW_ALL = struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--uts", "--")
IDS = [act.name for act in ACTS]


#: Tries each act in a process of its own; gives name -> True, False, or the exception's name.
TRY_ALL = """
import json, os
found = {}
for name, code in json.load(open('acts.json')).items():
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        *lines, last = code.strip().splitlines()
        scope = {}
        try:
            exec('\\n'.join(lines), scope)
            said = str(eval(last, scope))
        except BaseException as error:
            said = type(error).__name__
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    found[name] = os.read(reading, 1000).decode()
    os.waitpid(child, 0)
found
"""


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def code_of(listener: socket.socket) -> Iterator[Callable[[Act], str]]:
    """Give an act's code for this machine and this process; secrets stand in our environment."""
    values = {"pid": os.getpid(), "file": Path(__file__), "home": Path.home(), "port": listener.getsockname()[1]}
    # An empty home has nothing that could be found.
    mark = tempfile.TemporaryDirectory(prefix=".drystone-test-", dir=Path.home())
    values["kept"] = Path(mark.name).name

    def fill(act: Act) -> str:
        numbers = {
            f"sys_{name}": pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
            for name in re.findall(r"{sys_(\w+)}", act.code)
        }
        return act.code.format(**values, **numbers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRYSTONE_KEYS", "canary")
        patch.setenv("PYTHONPATH", "/tmp")
        yield fill
    mark.cleanup()


@pytest.fixture(scope="module")
def found_inside(place: Place, code_of: Callable[[Act], str]) -> dict[str, str]:
    """What each act gave in the sandbox, all tried in one."""
    return tried(place, code_of)


def tried(place: Place, code_of: Callable[[Act], str]) -> dict[str, str]:
    acts = json.dumps({act.name: code_of(act) for act in ACTS})
    files = {"acts.json": base64.b64encode(acts.encode()).decode()}
    found: dict[str, str] = run_inside(place, TRY_ALL, files=files).value
    assert set(found) == set(IDS)
    return found


@pytest.mark.parametrize("name", IDS)
def test_inside_it_does_not_work(name: str, found_inside: dict[str, str]) -> None:
    assert found_inside[name] in ("False", "PermissionError", "FileNotFoundError", "ProcessLookupError", "OSError")


def test_nobody_was_called(found_inside: dict[str, str], listener: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("act", [one for one in ACTS if one.control in ("outside", "root")], ids=lambda act: act.name)
def test_outside_it_works(act: Act, code_of: Callable[[Act], str]) -> None:
    if act.control == "root" and os.geteuid() != 0:
        pytest.skip("only root may do it outside")
    assert outside(code_of(act)) == "True"


@pytest.mark.parametrize("act", [one for one in ACTS if one.control == "namespace"], ids=lambda act: act.name)
def test_in_a_namespace_without_our_walls_it_works(act: Act, code_of: Callable[[Act], str]) -> None:
    if shutil.which("unshare") is None or outside("True", wrapper=NAMESPACE) != "True":
        pytest.skip("user namespaces are closed here")
    assert outside(code_of(act), wrapper=NAMESPACE) == "True"


@pytest.mark.parametrize("act", [one for one in ACTS if one.control == "unfiltered"], ids=lambda act: act.name)
def test_without_the_filter_it_works(
    act: Act, code_of: Callable[[Act], str], sandboxed: Sandboxed, monkeypatch
) -> None:
    monkeypatch.setattr(process, "filter_program", lambda: ALLOW_ALL)
    assert sandboxed(code_of(act)).value == "True"


def test_without_the_filter_there_is_still_no_network(sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "filter_program", lambda: ALLOW_ALL)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        ran = sandboxed(f"import socket\nsocket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)")
        assert ran.report.error is not None
        assert ran.report.error.type in ("ConnectionRefusedError", "OSError")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_without_the_filter_there_are_still_no_further_namespaces(sandboxed: Sandboxed, code_of, monkeypatch) -> None:
    monkeypatch.setattr(process, "filter_program", lambda: ALLOW_ALL)
    act = next(act for act in ACTS if act.name == "unshare")
    assert sandboxed(code_of(act)).value == "False"


def test_a_program_that_the_code_starts_has_the_same_walls(sandboxed: Sandboxed) -> None:
    script = "import socket\ntry:\n    socket.socket()\n    print('open')\nexcept PermissionError:\n    print('closed')"
    assert (
        "closed"
        in sandboxed(f"import subprocess, sys\nsubprocess.check_output([sys.executable, '-c', {script!r}])").value
    )


def test_a_system_call_by_another_number_ends_the_code(sandboxed: Sandboxed) -> None:
    if os.uname().machine != "x86_64":
        pytest.skip("x32 is a way of x86_64 alone")
    ran = sandboxed("import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 41, 2, 1, 0)")
    assert ran.report.error is not None
    assert "SIGSYS" in ran.report.error.message


def test_it_holds_for_a_normal_user_too(code_of: Callable[[Act], str], place: Place) -> None:
    """As root we run as 65534; this is what everybody else has: bubblewrap as a user of their own."""
    if os.geteuid() != 0:
        pytest.skip("we are a normal user: all other tests show it")
    normal = Place(place.bubblewrap, "/usr/bin/python3", user_id=4711)
    if not Path(normal.python).exists():
        pytest.skip("there is no Python of the system")
    assert run_inside(normal, "import os\nos.getuid()").value == "65534"
    assert "True" not in tried(normal, code_of).values()
