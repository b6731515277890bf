"""Makes this checkout's virtual environment and runs a command in it; never imports an installed package.

    ./run demo | test | long | lint | chaos | cases | helm | containers | web | browser | observe | bench | lock
    ./run COMMAND of the `drystone` program

The environment is `.venv`, or a folder of the user's where the checkout is read-only. It is finished when
`drystone.stamp` in it holds the hash of the lock file it was made from; while something is being installed,
`drystone.unfinished` is there, and whoever finds that without the lock held starts over. The lock is an
`flock` on the folder the environment is in, so it leaves no file behind and ends with its process.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
MAIN, DEV = "requirements.lock", "requirements-dev.lock"
STAMPS = {MAIN: "drystone.stamp", DEV: "drystone-dev.stamp"}
UNFINISHED = "drystone.unfinished"

#: How all tests are run: by three processes, one more than the smallest machine has processors, as many of them wait for servers.
#: What a file's tests share is made once for each process.
ALL_TESTS = ["-n", "3", "--dist", "loadfile"]

#: Commands of development: the module that each runs.
MODULES = {
    "test": ["pytest"],
    # Each takes minutes: that is no reason to print stacks.
    "long": ["pytest", "-m", "long", "-o", "faulthandler_timeout=900"],
    "chaos": ["tests.chaos"],
    "cases": ["tests.cases"],
    "helm": ["tests.helm"],
    "containers": ["tests.containers"],
    "observe": ["tests.observe"],
    "browser": ["tests.browser"],
    "bench": ["bench"],
}

HELP = """\
./run demo [--exit]     start everything and run an example agent
./run test [ARGS]       run the tests (arguments go to pytest); with --containers, on PostgreSQL and Temporal in containers
./run long              run the tests that take minutes
./run lint              check style, types and layers
./run chaos [ARGS]      kill parts of a working stack and see that nothing is lost
./run cases [FILE ...]  run every row of the format's cases, or of these files, and print a table
./run helm              test the Helm chart with a helm and Kubernetes's own types (needs helm or Go)
./run containers        build the images, start deploy/compose.yaml, and kill its containers under running agents (needs Docker)
./run web [build|check] build the web app (needs Node.js), then watch its files
./run browser [ARGS]    run the browser tests (needs Node.js and Chromium)
./run observe [ARGS]    see traces, figures and an alert in a real collector and Prometheus (needs Prometheus)
./run bench [ARGS]      measure
./run lock              make both lock files again (needs uv)
./run COMMAND [ARGS]    any command of the drystone program; `./run --help` lists them
"""

LOCK = "uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes"
# The lock files name no host: they install from whatever index the machine is set up for.
LOCK += " --no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet"
LOCKS = (f"{LOCK} --all-extras --group dev -o {DEV}", f"{LOCK} --extra embedded -c {DEV} -o {MAIN}")


class Refused(Exception):
    """Says in its text what is missing on this machine and how to get it."""


def main(words: Sequence[str]) -> int:
    word, rest = (words[0], list(words[1:])) if words else ("help", [])
    if word == "help":
        print(HELP, end="")
        return 0
    if word == "lock":
        return make_locks()
    if word == "web":
        return web(rest)
    if word == "lint":
        return lint(ready(DEV))
    if word in MODULES:
        python = ready(DEV)
        # The files that it is given are of the folder that one stands in.
        rest = [os.path.abspath(one) for one in rest] if word == "cases" else rest
        os.chdir(ROOT)
        if word == "test":
            rest = tests(rest)
        return become([python, "-m", *MODULES[word], *rest])
    # -P: whatever lies in the folder one happens to stand in is not imported.
    return become([ready(MAIN), "-P", "-m", "deploy", word, *rest])


def web(words: list[str]) -> NoReturn:
    """Hand over to Node.js: no Python is needed to build what a browser runs."""
    node = shutil.which("node")
    if node is None:
        raise Refused(
            "./run web needs Node.js 20.19 or newer, which builds the web app. Without it, the app that is in api/static is served."
        )
    become([node, str(ROOT / "web" / "run.mjs"), *words])


def tests(words: list[str]) -> list[str]:
    """Give pytest's arguments; `--containers` among them is ours: servers are containers then, not embedded ones."""
    rest = [word for word in words if word != "--containers"]
    return [*(["-p", "tests.containers.switch"] if len(rest) < len(words) else []), *(rest or ALL_TESTS)]


def become(command: list[str]) -> NoReturn:
    sys.stdout.flush()
    os.execv(command[0], command)


def lint(python: str) -> int:
    folder = Path(python).parent
    checks = (
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        # Through Python: the path in its first line is wrong when the checkout was moved.
        [python, str(folder / "lint-imports")],
        [python, "-m", "mypy"],
    )
    codes = []
    for check in checks:
        print(f"$ {' '.join(Path(word).name if '/' in word else word for word in check)}", flush=True)
        codes.append(subprocess.run(check, cwd=ROOT, check=False).returncode)
    return int(any(codes))


def make_locks() -> int:
    if shutil.which("uv") is None:
        raise Refused("./run lock needs uv. Install it with pip install uv.")
    return int(any(subprocess.run(shlex.split(one), cwd=ROOT, check=False).returncode for one in LOCKS))


def ready(lock: str) -> str:
    """Give the Python of an environment that has everything in `lock`."""
    venv = place()
    if not is_finished(venv, lock):
        with only_one(venv.parent):
            if not is_finished(venv, lock):  # Another may have finished it while we waited.
                install(venv, lock)
    return str(venv / "bin" / "python")


def place() -> Path:
    if os.access(ROOT, os.W_OK):
        return ROOT / ".venv"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / (
        "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    )
    folder = Path(data) / "drystone"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(
            f"{ROOT} is read-only, and {folder} cannot be made ({error.strerror}). "
            "Set XDG_DATA_HOME to a folder that you can write to."
        ) from error
    return folder / f"venv-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:12]}"


def stamp(lock: str) -> str:
    """What must be the same for an environment to fit: the lock file, and where the checkout is."""
    return hashlib.sha256((ROOT / lock).read_bytes() + os.fsencode(ROOT)).hexdigest()


def is_finished(venv: Path, lock: str) -> bool:
    file = venv / STAMPS[lock]
    return (
        file.exists()
        and file.read_text() == stamp(lock)
        and not (venv / UNFINISHED).exists()
        and (venv / "bin" / "python").exists()  # A symbolic link: its Python may have been removed.
    )


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    file = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is installing; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def install(venv: Path, lock: str) -> None:
    if (venv / UNFINISHED).exists() or not (venv / "bin" / "python").exists():
        shutil.rmtree(venv, ignore_errors=True)
    venv.mkdir(exist_ok=True)
    (venv / UNFINISHED).touch()
    uv = shutil.which("uv")
    count = sum(line[:1].isalnum() for line in (ROOT / lock).read_text().splitlines())
    say(f"installing {count} packages into {venv} with {'uv' if uv else 'pip'}; once, and about a minute")
    for command in with_uv(uv, venv, lock) if uv else with_pip(venv, lock):
        if subprocess.run(command, env={**os.environ, "UV_COMPILE_BYTECODE": "1"}, check=False).returncode:
            raise Refused(f"this failed: {shlex.join(command)}\nIts output is above; ./run starts over.")
    add_checkout(venv)
    for held in (MAIN, DEV) if lock == DEV else (MAIN,):  # The second lock has everything of the first.
        (venv / STAMPS[held]).write_text(stamp(held))
    (venv / UNFINISHED).unlink()


def with_uv(uv: str, venv: Path, lock: str) -> list[list[str]]:
    python = str(venv / "bin" / "python")
    make = [uv, "venv", "--quiet", "--allow-existing", "--python", outer_python(), str(venv)]
    fill = [uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", str(ROOT / lock)]
    return [fill] if (venv / "bin" / "python").exists() else [make, fill]


def with_pip(venv: Path, lock: str) -> list[list[str]]:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        shutil.rmtree(venv)
        raise Refused(
            f"{outer_python()} cannot make virtual environments. "
            "On Debian and Ubuntu: apt install python3-venv. "
            "Or install uv, which needs no more than that."
        )
    python = str(venv / "bin" / "python")
    make = [outer_python(), "-m", "venv", str(venv)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--compile"]
    fill = [python, "-m", "pip", "install", *quiet, "--require-hashes", "-r", str(ROOT / lock)]
    # Each time, because an environment that uv made has no pip.
    return [make, fill]


def outer_python() -> str:
    """The Python that is not in a virtual environment: that one may be about to be deleted."""
    return str(getattr(sys, "_base_executable", sys.executable))


def add_checkout(venv: Path) -> None:
    """Make the checkout's packages importable from anywhere, and add the `drystone` program."""
    for site_packages in (venv / "lib").glob("python3.*/site-packages"):
        (site_packages / "drystone.pth").write_text(f"{ROOT}\n")
    program = venv / "bin" / "drystone"
    code = "import sys; sys.argv[0] = 'drystone'; from deploy.cli import main; sys.exit(main())"
    # Through sh: the first line of a script may hold no path with a space.
    python = shlex.quote(str(venv / "bin" / "python"))
    program.write_text(f'#!/bin/sh\nexec {python} -P -c {shlex.quote(code)} "$@"\n')
    program.chmod(0o755)


def say(text: str) -> None:
    print(f"drystone: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refusal:
        say(str(refusal))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
