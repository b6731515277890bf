"""Docker, and the services of deploy/compose.yaml in a project of their own, by their command lines; no test is here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = ROOT / "deploy" / "compose.yaml"
OVERRIDE: Final = Path(__file__).with_name("override.yaml")
PROJECT: Final = "drystone-test"


class CommandFailed(Exception):
    """Says which command failed, and how."""


def output_of(*words: str, environment: Mapping[str, str] | None = None) -> str:
    """Run a command to its end; give what it printed. Raise CommandFailed with what it said where it failed."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})})
    if done.returncode:
        raise CommandFailed(
            f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2_000:]}{done.stderr[-4_000:]}"
        )
    return done.stdout


def why_no_docker() -> str | None:
    """Say why no container can be started here; None where one can."""
    if shutil.which("docker") is None:
        return "there is no program `docker`"
    try:
        output_of("docker", "version", "--format", "{{.Server.Version}}")
    except CommandFailed as error:
        return f"Docker's engine does not answer: {str(error).splitlines()[-1].partition('. Is the')[0]}"
    return None


def why_no_compose() -> str | None:
    """Say why the services of a compose file cannot be started here; None where they can."""
    if (reason := why_no_docker()) is not None:
        return reason
    try:
        output_of("docker", "compose", "version")
    except CommandFailed:
        return "Docker has no plugin `compose`"
    return None


class Services:
    """The services of the compose file, as one project that nobody else uses."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = {**variables, "COMPOSE_PROJECT_NAME": PROJECT}

    def compose(self, *words: str) -> str:
        files = ("-f", str(COMPOSE), "-f", str(OVERRIDE))
        return output_of("docker", "compose", "--progress", "quiet", *files, *words, environment=self.variables)

    def shown(self, *words: str) -> None:
        """Do it with what it says on standard error, for it takes its time."""
        files = ("-f", str(COMPOSE), "-f", str(OVERRIDE))
        subprocess.run(
            ["docker", "compose", *files, *words], check=True, stdout=sys.stderr, env={**os.environ, **self.variables}
        )

    def container(self, service: str) -> str:
        """Give the id of a service's container."""
        return self.compose("ps", "--all", "--quiet", service).strip()

    def image(self, service: str) -> str:
        """Give the name of a service's image."""
        services = json.loads(self.compose("--profile", "*", "config", "--format", "json"))["services"]
        return str(services[service]["image"])

    def kill(self, service: str) -> None:
        output_of("docker", "kill", "--signal", "KILL", self.container(service))

    def start(self, service: str) -> None:
        output_of("docker", "start", self.container(service))

    def stop(self, service: str) -> int:
        """Send SIGTERM, wait for its end; give its exit status."""
        container = self.container(service)
        output_of("docker", "stop", "--time", "60", container)
        return int(self.inspected(container)["State"]["ExitCode"])

    def inspected(self, container: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(output_of("docker", "inspect", container))
        return found[0]

    def states(self) -> dict[str, str]:
        """Give each service that runs with its health."""
        lines = self.compose("ps", "--format", "json").splitlines()
        rows = [json.loads(line) for line in lines if line.strip()]
        return {row["Service"]: row["Health"] or row["State"] for row in rows}

    def new_owner(self, email: str) -> str:
        """Make the first owner, as an operator does; give the API key that is shown."""
        words = self.compose("run", "--rm", "--no-TTY", "migrate", "migrate", "--owner-email", email)
        return words.split()[-1]
