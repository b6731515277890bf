"""What runs inside the sandbox: limits, files, set-up, then the code; imports nothing of Drystone and trusts nobody with anything.

It reads /sandbox/request.json and reports JSON lines on a descriptor of its own: {"set_up"}, {"cell"}, {"files"}. It
shares its room, and its user, with the code: whatever it reports may be forged, and is read as such. The code runs in a
process of its own, so that what ends that process does not keep its files from being collected. Python 3.8 suffices.
"""

from __future__ import annotations

import ast
import asyncio
import base64
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
import traceback
import types
from collections.abc import Callable, Iterator
from typing import Any, TextIO

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__))
#: Characters of a traceback, and of what a failed command wrote.
TRACE_CHARS_MAX = 6_000
TAIL_BYTES = 4_000
#: Entries of folders that are looked at when files are collected.
ENTRIES_MAX = 20_000
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
    with open(request["report"], "w", encoding="utf-8", errors="backslashreplace") as report:
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
    report.write(json.dumps(line) + "\n")
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
    for which, most in limits.items():
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
    with open(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitpid(child, 0)[1]
    try:
        told: dict[str, Any] = json.loads(said)
    except ValueError:
        return {"error": died(status)}
    return told


def died(status: int) -> dict[str, Any]:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"type": "Ended", "message": f"the code's process was ended by {name}", "trace": ""}
    return {"type": "Ended", "message": f"the code ended its own process with status {os.WEXITSTATUS(status)}", "trace": ""}


def python_process(request: dict[str, Any], pipe: int) -> None:
    """Run the cells, say on the pipe what came of the last one, and end."""
    random.seed(request["seed"])
    sys.path.insert(0, os.getcwd())
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    scope = module.__dict__
    results: list[dict[str, Any]] = []
    scope["display"] = lambda *values: results.extend(shown(value, request) for value in values)
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
    cells = request["cells"]
    for number, source in enumerate(cells, 1):
        is_last = number == len(cells)
        try:
            if is_last:
                value = run_cell(source, "<code>", scope)
            else:
                quietly(lambda source=source, number=number: run_cell(source, f"<step {number}>", scope))
        except SystemExit as error:
            if error.code not in (None, 0):
                return {"error": {"type": "SystemExit", "message": str(error.code), "trace": ""}}
            value = None
        except BaseException as error:  # noqa: BLE001 - whatever the code raises is told, and ends it
            return {"error": described(error)}
        if not is_last:
            results.clear()
        elif value is not None:
            results.append({**shown(value, request), "is_main_result": True})
    return {"results": results}


def quietly(work: Callable[[], Any]) -> None:
    """Do it with what it writes thrown away: an earlier step was heard when it ran first."""
    kept = {fd: os.dup(fd) for fd in (1, 2)}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in kept:
        os.dup2(nowhere, fd)
    try:
        work()
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
    last = parsed.body.pop() if parsed.body and isinstance(parsed.body[-1], ast.Expr) else None
    do(parsed, name, "exec", scope)
    return None if last is None else do(ast.Expression(last.value), name, "eval", scope)


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
            found["json"] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            pass  # It is no JSON; its text is there.
    for method, name in FORMATS.items():
        data = own_format(value, method)
        if data is not None and len(data) <= most:
            found[name] = data
    return found


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
    with open(reading, "rb") as pipe:
        said = pipe.read()
    status = child.wait()
    try:
        told: dict[str, Any] = json.loads(said)
    except ValueError:
        return {"error": died(-status if status < 0 else status << 8)}
    return told


RUNNERS = {"python": run_python, "bash": run_bash, "js": run_js}


# Files


def seen_files(folder: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield (path, (time of change, size)) of each plain file below a folder; links are not followed."""
    count = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in UNSEEN_FOLDERS)
        for name in sorted(names):
            count += 1
            if count > ENTRIES_MAX:
                return
            path = os.path.join(parent, name)
            found = os.lstat(path)
            if stat.S_ISREG(found.st_mode):
                yield path, (found.st_mtime_ns, found.st_size)


def collected(folder: str, before: dict[str, Any], bounds: dict[str, Any]) -> dict[str, Any]:
    """Give the files that are new or changed, as far as they fit, and how many did not."""
    files, size, left_out = [], 0, 0
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
