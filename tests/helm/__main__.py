"""`./run helm`: all that is tested of the Helm chart, with a helm and Kubernetes's own types made by Go; it touches no cluster.

helm is the one of DRYSTONE_HELM or of the PATH, else it is made by `go install` into a folder of the user's. Then the tests of
this folder run with it, and each set of values is rendered and read strictly as Kubernetes's types: a field that they do not know
is refused. Needs Go where helm is missing, and for the types; without it that part is left out and said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import platformdirs

from tests.helm.rendering import SETS, find_helm, render_text

HELM: Final = "helm.sh/helm/v3/cmd/helm@v3.22.0"
#: Kubernetes's modules have the host name of its registry of images, too, which no file here names (tests/tidy).
KUBERNETES: Final = ".".join(("k8s", "io"))
MODULES: Final = (
    f"{KUBERNETES}/api@v0.37.2",
    f"{KUBERNETES}/apimachinery@v0.37.2",
    f"sigs.{KUBERNETES}/yaml@v1.6.0",
    "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v0.95.2",
)
FOLDER: Final = Path(platformdirs.user_cache_path("drystone")) / "helm"
PROGRAM: Final = Path(__file__).with_name("strict.go.txt")


def main() -> int:
    helm = find_helm() or _made_helm()
    if helm is None:
        print("There is no helm and no Go to make one: set DRYSTONE_HELM, or install either.", file=sys.stderr)
        return 2
    os.environ["DRYSTONE_HELM"] = helm
    tests = subprocess.run([sys.executable, "-m", "pytest", "-q", str(Path(__file__).parent)], check=False)
    return tests.returncode or _read_strictly()


def _made_helm() -> str | None:
    made = FOLDER / "helm"
    if not made.exists() and shutil.which("go"):
        print(f"making helm in {FOLDER}; once, and a minute or two", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["go", "install", HELM], env={**os.environ, "GOBIN": str(FOLDER)}, check=False)
    return str(made) if made.exists() else None


def _read_strictly() -> int:
    """Read each set of values as Kubernetes's own types; give the exit status."""
    if shutil.which("go") is None:
        print("There is no Go: what is rendered was not read as Kubernetes's own types.")
        return 0
    program = _made_reader()
    failed = []
    for names in SETS:
        print(f"{' + '.join(names)}: ", end="", flush=True)
        shown = subprocess.run([program], input=render_text(names).stdout, text=True, check=False)
        failed += [names] if shown.returncode else []
    # The control: one field with a letter too few.
    print("with a mistake in it: ", end="", flush=True)
    wrong = render_text(SETS[0]).stdout.replace("readinessProbe:", "readinesProbe:", 1)
    is_seen = subprocess.run([program], input=wrong, text=True, check=False).returncode == 1
    return 0 if is_seen and not failed else 1


def _made_reader() -> Path:
    source = PROGRAM.read_text(encoding="utf-8").replace("KUBERNETES", KUBERNETES)
    folder = FOLDER / "strict"
    folder.mkdir(parents=True, exist_ok=True)
    program, text = folder / "strict", folder / "main.go"
    if program.exists() and text.exists() and text.read_text(encoding="utf-8") == source:
        return program
    text.write_text(source, encoding="utf-8")
    (folder / "go.mod").write_text("module drystone.example/strict\n\ngo 1.25\n", encoding="utf-8")
    for command in (["go", "get", *MODULES], ["go", "mod", "tidy"], ["go", "build", "-o", str(program), "."]):
        subprocess.run(command, cwd=folder, env={**os.environ, "GOFLAGS": "-mod=mod"}, check=True)
    return program


if __name__ == "__main__":
    sys.exit(main())
