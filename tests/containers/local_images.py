"""Images made on this machine, for where no registry of images is reached; they are for tests, and nothing of them is published.

    python -m tests.containers.local_images        makes what is missing and prints the variables that name it

Each stands in for an official image: same programs, paths, users and variables, as far as deploy/compose.yaml uses them. The
base is Debian by debootstrap, with its Python; PostgreSQL (Temporal's schema needs its contributed modules) and Prometheus are
Debian's, too; Temporal's server and UI are built by Go, or taken from the folder of DRYSTONE_LOCAL_PROGRAMS where they lie there.
ClamAV is Debian's, with the signature of EICAR's test file only. SeaweedFS is made where its `weed` lies in that folder, and
OpenTelemetry's collector where a `collector` lies there, with the components of deploy/observe/collector.yaml. All of it
comes by the machine's own package clients.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

SUITE: Final = "trixie"
PACKAGES: Final = ("ca-certificates", "python3", "python3-venv", "bubblewrap", "tini", "netcat-openbsd")
#: What a base has and no container reads.
UNREAD: Final = ("var/cache/apt", "var/lib/apt/lists", "usr/share/man", "usr/share/doc", "usr/share/locale")
#: Go's package of each program, at the version that it is built from.
PROGRAMS: Final = {
    "temporal-server": "go.temporal.io/server/cmd/server@v1.32.1",
    "temporal-sql-tool": "go.temporal.io/server/cmd/tools/sql@v1.32.1",
    "temporal-ui": "github.com/temporalio/ui-server/v2/cmd/server@v2.45.0",
}
HERE: Final = Path(__file__).parent
#: The test file of the European Institute for Computer Antivirus Research, in two parts, so that no scanner stops at this one.
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

PYTHON: Final = "drystone-local/python:3.13"
POSTGRES: Final = "drystone-local/postgres:17"
TEMPORAL: Final = "drystone-local/temporal:1.32.1"
TEMPORAL_UI: Final = "drystone-local/temporal-ui:2.45.0"
DRYSTONE: Final = "drystone-local/drystone:dev"
COLLECTOR: Final = "drystone-local/collector:1"
PROMETHEUS: Final = "drystone-local/prometheus:2"
CLAMAV: Final = "drystone-local/clamav:1"
S3: Final = "drystone-local/s3:1"
#: The variables of deploy/compose.yaml that name them.
VARIABLES: Final[Mapping[str, str]] = {
    "PYTHON_IMAGE": PYTHON,
    "POSTGRES_IMAGE": POSTGRES,
    "TEMPORAL_IMAGE": TEMPORAL,
    "TEMPORAL_ADMIN_TOOLS_IMAGE": TEMPORAL,
    "TEMPORAL_UI_IMAGE": TEMPORAL_UI,
    "DRYSTONE_IMAGE": DRYSTONE,
    "COLLECTOR_IMAGE": COLLECTOR,
    "PROMETHEUS_IMAGE": PROMETHEUS,
    "CLAMAV_IMAGE": CLAMAV,
    "S3_IMAGE": S3,
}


def call(*words: str | Path, **options: object) -> None:
    """Run a program; what it says is only of interest where it fails."""
    done = subprocess.run(
        [str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options
    )  # type: ignore[call-overload]
    if done.returncode:
        sys.stderr.buffer.write(done.stdout[-4_000:])
        raise SystemExit(f"{words[0]} ended with {done.returncode}: {' '.join(map(str, words))}")


def is_here(image: str) -> bool:
    """Say whether Docker has an image."""
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0


def make_all() -> None:
    """Make every image that is missing."""
    makers: dict[str, Callable[[str, Path], None]] = {
        PYTHON: make_base,
        POSTGRES: make_postgres,
        TEMPORAL: make_temporal,
        TEMPORAL_UI: make_temporal_ui,
        PROMETHEUS: make_prometheus,
        CLAMAV: make_clamav,
    }
    if ready("collector") is not None:
        makers[COLLECTOR] = make_collector
    if ready("weed") is not None:
        makers[S3] = make_s3
    for image, make in makers.items():
        if not is_here(image):
            print(f"making {image}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(prefix="drystone-image-") as folder:
                make(image, Path(folder))


def make_base(image: str, folder: Path) -> None:
    """Make Debian with its Python: what `python:...-slim` is elsewhere."""
    root = folder / "root"
    # /usr/sbin is not on everybody's path.
    program = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin") or "debootstrap"
    call(program, "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root)
    for unread in UNREAD:
        shutil.rmtree(root / unread, ignore_errors=True)
    archive = folder / "root.tar"
    call("tar", "-C", root, "-cf", archive, ".")
    call("docker", "import", archive, image)


def build(image: str, folder: Path, dockerfile: str, files: Mapping[str, Path]) -> None:
    """Build an image on the base from files, by the names that its Dockerfile gives them."""
    for name, source in files.items():
        copy: Callable[..., object] = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    call("docker", "build", "--quiet", "-f", HERE / dockerfile, "--build-arg", f"BASE={PYTHON}", "-t", image, folder)


def make_postgres(image: str, folder: Path) -> None:
    build(image, folder, "postgres.Dockerfile", {"entrypoint.sh": HERE / "postgres.sh"})


def make_temporal(image: str, folder: Path) -> None:
    programs = folder / "programs"
    names = ("temporal-server", "temporal-sql-tool")
    build(image, folder, "temporal.Dockerfile", {name: program(name, programs) for name in names})


def make_temporal_ui(image: str, folder: Path) -> None:
    found = program("temporal-ui", folder / "programs")
    build(image, folder, "temporal-ui.Dockerfile", {"temporal-ui": found, "docker.yaml": HERE / "temporal-ui.yaml"})


def make_prometheus(image: str, folder: Path) -> None:
    build(image, folder, "prometheus.Dockerfile", {})


def make_collector(image: str, folder: Path) -> None:
    found = ready("collector")
    assert found is not None
    build(image, folder, "collector.Dockerfile", {"collector": found})


def make_clamav(image: str, folder: Path) -> None:
    # The signature in hexadecimal digits, as clamd reads it, is of no use to what looks for the file itself.
    signature = folder / "eicar.ndb.made"
    signature.write_text(f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n")
    files = {"eicar.ndb": signature, "clamd.conf": HERE / "clamd.conf", "init-unprivileged": HERE / "clamd.sh"}
    build(image, folder, "clamav.Dockerfile", files)


def make_s3(image: str, folder: Path) -> None:
    found = ready("weed")
    assert found is not None
    build(image, folder, "s3.Dockerfile", {"weed": found})


def ready(name: str) -> Path | None:
    """Give a program that lies in the folder of DRYSTONE_LOCAL_PROGRAMS."""
    folder = os.environ.get("DRYSTONE_LOCAL_PROGRAMS")
    found = Path(folder) / name if folder else None
    return found if found is not None and found.exists() else None


def program(name: str, folder: Path) -> Path:
    """Give a program of Temporal's: one that lies ready, else one that Go builds in a folder."""
    if (found := ready(name)) is not None:
        return found
    source = PROGRAMS[name]
    # Go names a program for the last part of its path.
    call("go", "install", source, env={**os.environ, "GOBIN": str(folder), "GOFLAGS": "-p=2"})
    return folder / source.partition("@")[0].rpartition("/")[2]


def main(words: Sequence[str]) -> None:
    make_all()
    for name, value in VARIABLES.items():
        print(f"{name}={value}")


if __name__ == "__main__":
    main(sys.argv[1:])
