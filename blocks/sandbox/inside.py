"""What runs inside the sandbox: limits, files, set-up, then the code; imports nothing of Drystone and trusts nobody with anything.

It reads /sandbox/request.json and reports JSON lines on a descriptor of its own: {"set_up"}, {"cell"}, {"files"}. It
shares its room, and its user, with the code: whatever it reports may be forged, and is read as such. The code runs in a
process of its own, so that what ends that process does not keep its files from being collected. Python 3.8 suffices.
"""

from __future__ import annotations

import ast
import asyncio
import base64
import contextlib
import inspect
import json
import linecache
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any, TextIO

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Characters of a traceback, and of what a failed command wrote.
TRACE_CHARS_MAX = 6_000
TAIL_BYTES = 4_000
#: Seconds that what stands in a pipe is waited for after its writer's end.
DRAIN_SECONDS = 0.2
#: Entries of folders, and folders in folders, that are looked at when files are collected.
ENTRIES_MAX = 20_000
FOLDERS_DEEP_MAX = 32
#: Levels of a value that is given as JSON.
LEVELS_MAX = 100
#: Folders whose files nobody asked for.
UNSEEN_FOLDERS = frozenset({"__pycache__", "node_modules"})
#: What a value may show itself as besides text: method -> name in a result.
FORMATS = {
    "_repr_html_": "html",
    "_repr_markdown_": "markdown",
    "_repr_svg_": "svg",
    "_repr_png_": "png",
    "_repr_jpeg_": "jpeg",
    "_repr_latex_": "latex",
}


def main() -> None:
    with open(os.path.join(OWN_FOLDER, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    os.set_inheritable(request["report"], False)
    # What is no text (half a character, a name in another encoding) is replaced: the report is strict JSON.
    with open(request["report"], "w", encoding="utf-8", errors="replace") as report:
        work(request, report)


def work(request: dict[str, Any], report: TextIO) -> None:
    limit(request["bounds"], request["language"])
    write_files(request["folder"], request["files"])
    failed = set_up(request["setup_commands"])
    if failed is not None:
        tell(report, {"set_up": failed})
        return
    before = dict(seen_files(request["folder"]))
    tell(report, {"cell": RUNNERS[request["language"]](request)})
    tell(report, collected(request["folder"], before, request["bounds"]))


def tell(report: TextIO, line: dict[str, Any]) -> None:
    report.write(json.dumps(line, ensure_ascii=False) + "\n")
    report.flush()


def limit(bounds: dict[str, Any], language: str) -> None:
    """Set the limits of each process; without a capability nobody raises them again."""
    limits = {
        resource.RLIMIT_CPU: bounds["cpu_seconds"],
        resource.RLIMIT_FSIZE: bounds["file_bytes"],
        resource.RLIMIT_NPROC: bounds["processes"],
        resource.RLIMIT_NOFILE: bounds["open_files"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        # Node reserves gigabytes that it never uses; its own limit of the heap, and the watch outside, hold there.
        resource.RLIMIT_AS: resource.RLIM_INFINITY if language == "js" else bounds["address_bytes"],
    }
    for which, wanted in limits.items():
        hard = resource.getrlimit(which)[1]
        is_allowed = hard == resource.RLIM_INFINITY or 0 <= wanted <= hard  # What we run in may have less.
        most = wanted if is_allowed else hard
        resource.setrlimit(which, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # A file that grows too large is an error, not the end.
    os.nice(5)  # The worker's own threads come first.
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")  # If the machine runs out of memory, this is what may end.


def write_files(folder: str, files: dict[str, str]) -> None:
    for name, data in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


def set_up(commands: list[str]) -> dict[str, Any] | None:
    """Run shell lines one after another; give the first that failed, with the end of what it wrote."""
    for command in commands:
        with open("/tmp/.set_up", "w+b") as said:
            status = subprocess.run(
                ["bash", "-c", command], stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False
            ).returncode
            if status != 0:
                said.seek(max(0, said.tell() - TAIL_BYTES))
                return {"command": command, "status": status, "said": said.read().decode("utf-8", "replace")}
        os.unlink("/tmp/.set_up")
    return None


# Python


def run_python(request: dict[str, Any]) -> dict[str, Any]:
    """Run the cells in a process of its own, which reports; give what is said of it if it could not."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.close(request["report"])  # What it says goes through us.
        python_process(request, writing)
    os.close(writing)
    return told_by(reading, lambda: os.waitpid(child, 0)[1])


def told_by(pipe: int, wait: Callable[[], int]) -> dict[str, Any]:
    """Give what a process says on a pipe by its end, or how it ended if it says nothing.

    Not until the pipe is closed: what it left behind may hold it open. Not after its end: it may say more than a pipe holds.
    """
    said: list[bytes] = []
    reader = threading.Thread(target=lambda: said.extend(iter(lambda: os.read(pipe, 65536), b"")), daemon=True)
    reader.start()
    status = wait()
    reader.join(DRAIN_SECONDS)
    try:
        told: dict[str, Any] = json.loads(b"".join(said))
    except ValueError:
        return {"error": died(status)}
    return told


def died(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"type": "Ended", "message": f"the code's process was ended by {name}", "trace": ""}
    return {
        "type": "Ended",
        "message": f"the code ended its own process with status {os.WEXITSTATUS(status)}",
        "trace": "",
    }


def python_process(request: dict[str, Any], pipe: int) -> None:
    """Run the cells, say on the pipe what came of the last one, and end."""
    random.seed(request["seed"])
    sys.path.insert(0, os.getcwd())
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    scope = module.__dict__
    results: list[dict[str, Any]] = []

    def display(*values: Any) -> None:
        results.extend(shown(value, request) for value in values)

    scope["display"] = display
    told = python_cells(request, scope, results)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass  # The code closed it, or replaced it.
    with open(pipe, "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump(told, file)
    os._exit(0)  # Threads that the code left, and what it wants done at the end, are not waited for.


def python_cells(request: dict[str, Any], scope: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, Any]:
    """Run all cells, the last one aloud; give its results, with what it displayed, or what was raised."""
    *earlier, last = request["cells"]
    try:
        for number, source in enumerate(earlier, 1):
            with silence():
                run_cell(source, f"<step {number}>", scope)
            results.clear()
        value = run_cell(last, "<code>", scope)
    except SystemExit as error:
        what = f"the code ended itself with exit status {error.code}"
        return {"error": {"type": "SystemExit", "message": what, "trace": ""}}
    except BaseException as error:  # noqa: BLE001 - whatever the code raises is told, and ends it
        return {"error": described(error)}
    if value is None:
        return {"results": results}
    try:
        return {"results": [*results, {**shown(value, request), "is_main_result": True}]}
    except BaseException as error:  # noqa: BLE001 - how a value shows itself is the code's, too
        return {"error": described(error)}


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Throw away what is written meanwhile: an earlier step was heard when it ran first."""
    kept = {fd: os.dup(fd) for fd in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in kept:
        os.dup2(nowhere, fd)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        for fd, own in kept.items():
            os.dup2(own, fd)
            os.close(own)
        os.close(nowhere)


def run_cell(source: str, name: str, scope: dict[str, Any]) -> Any:
    """Run code; give the value of its last statement, if that is an expression. `await` may stand outside of functions."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    parsed = ast.parse(source, name)
    last = parsed.body[-1] if parsed.body else None
    try:
        if not isinstance(last, ast.Expr):
            do(parsed, name, "exec", scope)
            return None
        parsed.body.pop()
        do(parsed, name, "exec", scope)
        return do(ast.Expression(last.value), name, "eval", scope)
    except SystemExit as error:
        if error.code not in (None, 0):
            raise
        return None  # `sys.exit()` at the end of a program says that all went well.


def do(tree: Any, name: str, mode: str, scope: dict[str, Any]) -> Any:
    code = compile(tree, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    value = eval(code, scope)
    return asyncio.run(value) if code.co_flags & inspect.CO_COROUTINE else value


def described(error: BaseException) -> dict[str, Any]:
    """Give an exception with the part of its traceback that is the code's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        lines = traceback.format_exception(type(error), error, trace, limit=20)
        message = str(error)
    except Exception as broken:  # noqa: BLE001 - its __str__ is the code's, too
        lines, message = [], f"(its text cannot be had: {type(broken).__name__})"
    text = "".join(lines)
    return {"type": type(error).__name__, "message": message[:TRACE_CHARS_MAX], "trace": text[-TRACE_CHARS_MAX:]}


def shown(value: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Give a value as a notebook shows it: its text, its JSON where it is a list or dictionary, and its own formats."""
    most = request["bounds"]["text_chars"]
    text = value if isinstance(value, str) else repr(value)
    if len(text) > most:
        raise ValueError(f"the value has {len(text)} characters; at most {most} are handed on: write a file instead")
    found: dict[str, Any] = {"is_main_result": False, "text": text}
    if isinstance(value, (dict, list)):
        try:
            data = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            data = None  # It is no JSON; its text is there.
        if data is not None and is_exchangeable(data):
            found["json"] = data
    for method, name in FORMATS.items():
        shape = own_format(value, method)
        if shape is not None and len(shape) <= most:
            found[name] = shape
    return found


def is_exchangeable(data: Any) -> bool:
    """Say whether other programs read this JSON as it is: integers have 64 bits there, and levels an end."""
    waiting = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > LEVELS_MAX or (isinstance(value, int) and not -(2**63) <= value < 2**63):
            return False
        if isinstance(value, (dict, list)):
            waiting.extend((one, depth + 1) for one in (value.values() if isinstance(value, dict) else value))
    return True


def own_format(value: Any, method: str) -> str | None:
    if isinstance(value, type) or not hasattr(type(value), method):
        return None
    try:
        data = getattr(value, method)()
    except Exception:  # noqa: BLE001 - it is the code's; a value that cannot show itself so has its text
        return None
    if isinstance(data, bytes):
        return base64.b64encode(data).decode("ascii")
    return data if isinstance(data, str) else None


# Other languages


def run_bash(request: dict[str, Any]) -> dict[str, Any]:
    steps = []
    os.makedirs("/tmp/.steps", exist_ok=True)
    for number, source in enumerate(request["cells"]):
        steps.append(f"/tmp/.steps/{number}")
        with open(steps[-1], "w", encoding="utf-8") as file:
            file.write(source)
    lines = ["exec 3>&1 4>&2 >/dev/null 2>&1"] + [f"source {step}" for step in steps[:-1]]
    script = "\n".join([*lines, "exec >&3 2>&4 3>&- 4>&-", f"source {steps[-1]}"])
    status = subprocess.run(["bash", "-c", script], stdin=subprocess.DEVNULL, check=False).returncode
    if status == 0:
        return {"results": []}
    return {"error": {"type": "Exit", "message": f"the script ended with status {status}", "trace": ""}}


def run_js(request: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    heap = request["bounds"]["address_bytes"] // 4 // 1024 // 1024
    command = [request["node"], f"--max-old-space-size={heap}", f"--random-seed={abs(hash(request['seed'])) % 2**31}"]
    child = subprocess.Popen(
        [*command, os.path.join(OWN_FOLDER, "inside.js"), str(writing)],
        stdin=subprocess.DEVNULL,
        pass_fds=(writing,),
    )
    os.close(writing)
    return told_by(reading, lambda: os.waitpid(child.pid, 0)[1])


RUNNERS = {"python": run_python, "bash": run_bash, "js": run_js}


# Files


def seen_files(folder: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield (path, (time of change, size)) of each plain file below a folder; links are not followed."""
    count = 0
    for parent, folders, names in os.walk(folder):
        is_deep = parent.count(os.sep) - folder.count(os.sep) >= FOLDERS_DEEP_MAX
        seen = () if is_deep else (one for one in folders if not one.startswith(".") and one not in UNSEEN_FOLDERS)
        folders[:] = sorted(seen)
        for name in sorted(names):
            count += 1
            if count > ENTRIES_MAX:
                return
            path = os.path.join(parent, name)
            try:
                found = os.lstat(path)
            except OSError:
                continue  # What the code left running took it away.
            if stat.S_ISREG(found.st_mode):
                yield path, (found.st_mtime_ns, found.st_size)


def collected(folder: str, before: dict[str, Any], bounds: dict[str, Any]) -> dict[str, Any]:
    """Give the files that are new or changed, as far as they fit, and how many did not."""
    files: list[dict[str, str]] = []
    size = left_out = 0
    for path, found in seen_files(folder):
        if before.get(path) == found:
            continue
        if len(files) >= bounds["files"] or size + found[1] > bounds["files_bytes"]:
            left_out += 1
            continue
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                data = file.read(found[1])
        except OSError:
            left_out += 1
            continue
        size += len(data)
        name = os.path.relpath(path, folder)
        files.append({"name": name, "data": base64.b64encode(data).decode("ascii")})
    return {"files": files, "left_out": left_out}


if __name__ == "__main__":
    main()
