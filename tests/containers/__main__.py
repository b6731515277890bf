"""`./run containers`: the image and the services of deploy/compose.yaml for real, killed under runs that must end right.

It prints a line for each thing that is shown; exit status 0 only if all are. Without Docker it says so and skips.

    ./run containers [--keep]       --keep leaves the services up

The images that compose names are taken from the variables that it has for them. Where none of those is set, images made on this
machine stand in (`local_images`), for no registry of images may be in reach.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import httpx2

from deploy.stack import ports
from tests.containers import local_images
from tests.containers.beside import beside, is_kept, kept, objects_of, scanned, traced
from tests.containers.client import Client, eventually, long_way, one_step, outputs_of, states_of
from tests.containers.engine import Services, why_no_compose

#: In the order in which the node of each is reached, then everything beside and below.
KILLED: Final = (
    *("blocks-io", "blocks-long", "blocks-cpu", "blocks-sandbox"),
    *("engine", "platform", "starter", "reconciler", "api", "temporal", "postgres"),
)
#: The node of the long way that runs on each queue of blocks.
NODES: Final = {"blocks-io": "io", "blocks-long": "long", "blocks-cpu": "cpu", "blocks-sandbox": "code"}
OUTPUT: Final = {"out": ["{}ilc 45"]}
#: How long a whole start may take on a busy machine, and a recovery: a missed heartbeat takes a minute of it.
START_SECONDS: Final = 300.0
RECOVERY_SECONDS: Final = 300.0
#: A node that ends while its worker drains, and one that does not: a worker gives 30 s.
SHORT_SECONDS, LONG_SECONDS = 10.0, 50.0
EMAIL: Final = "owner@example.com"


class Shown:
    """What was shown, and how long it took."""

    def __init__(self) -> None:
        self.failures = 0

    @contextmanager
    def that(self, fact: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except Exception as error:  # Whatever went wrong, the next fact is looked at, too.
            self.failures += 1
            print(f"FAIL  {fact}: {type(error).__name__}: {error}", flush=True)
        else:
            print(f"ok    {fact} ({time.monotonic() - began:.1f} s)", flush=True)


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run containers")
    parser.add_argument("--keep", action="store_true", help="leave the services up")
    wanted = parser.parse_args(words)
    if (reason := why_no_compose()) is not None:
        print(f"Skipped: {reason}.")
        return 0
    shown = Shown()
    services = Services({**images(), **listening()})
    services.compose("down", "--volumes")
    try:
        show(services, shown)
    finally:
        if not wanted.keep:
            services.compose("--profile", "*", "down", "--volumes")
    print("OK" if shown.failures == 0 else f"{shown.failures} FAILED")
    return min(shown.failures, 1)


def images() -> Mapping[str, str]:
    """Give the variables that name the images: those of the environment, or else images made here."""
    if any(name in os.environ for name in local_images.VARIABLES):
        return {}
    local_images.make_all()
    return local_images.VARIABLES


def listening() -> Mapping[str, str]:
    api, ui, figures = ports.choose(), ports.choose(), ports.choose()
    return {
        "API_LISTEN": f"{ports.HOST}:{api}",
        "TEMPORAL_UI_LISTEN": f"{ports.HOST}:{ui}",
        "PROMETHEUS_LISTEN": f"{ports.HOST}:{figures}",
        "DRYSTONE_PUBLIC_URL": f"http://{ports.HOST}:{api}",
    }


def show(services: Services, shown: Shown) -> None:
    url = services.variables["DRYSTONE_PUBLIC_URL"]
    with shown.that("the image is built"):
        services.shown("build")
    with shown.that("one command starts everything"):
        services.shown("up", "--detach", "--no-build", "--quiet-pull")
        until_ready(services, url)
    with shown.that("no process of ours is root, may write to its root, or has a capability"):
        are_hardened(services)
    client = Client(url, services.new_owner(EMAIL))
    with shown.that("the first owner has a key, once"):
        assert "There is an owner already" in services.compose(
            *("run", "--rm", "--no-TTY", "migrate", "migrate", "--owner-email", EMAIL)
        )
    with shown.that("the UI of Temporal is served"):
        assert httpx2.get(f"http://{services.variables['TEMPORAL_UI_LISTEN']}/", timeout=10).status_code == 200
    agent = client.agent(long_way())
    runs: dict[str, str] = {}
    with shown.that("a run goes through every queue to its end"):
        first = client.start(agent, text="first")
        client.end_of(first)
        is_right(client, first, "first")
        runs["first"] = first
    for service in KILLED:
        with shown.that(f"kill -9 of {service}: the run ends right"):
            runs[service] = client.start(agent, text=service)
            killed(services, client, runs[service], service)
    with shown.that("every run that was started has ended right, once"):
        for text, run_id in runs.items():
            is_right(client, run_id, text)
    if local_images.is_here(services.image("prometheus")):
        with shown.that("Prometheus has figures of every process and of Temporal's server"):
            watched(services)
    with shown.that("SIGTERM: a worker lets what it runs end, or hands it over, and leaves with 0"):
        drained(services, client)
    with shown.that("down and up: every run is still there, and another one runs"):
        services.compose("down")
        services.shown("up", "--detach", "--no-build")
        until_ready(services, url)
        for text, run_id in runs.items():
            is_right(client, run_id, text)
        after = client.start(agent, text="after")
        client.end_of(after)
        is_right(client, after, "after")
    if all(local_images.is_here(services.image(name)) for name in ("clamav", "s3")):
        show_beside(services, client, url, shown)


def show_beside(services: Services, client: Client, url: str, shown: Shown) -> None:
    """Show the profiles of the scanner and of the object store."""
    with beside(services):
        with shown.that("a scanner and an object store start beside the rest"):
            until_ready(services, url)
        with shown.that("ClamAV passes a clean file, and finds EICAR's, also in an archive"):
            scanned(client)
        if local_images.is_here(services.image("collector")):
            with shown.that("the collector has the trace of a run"):
                traced(services, client)
        with shown.that("kill -9 of the object store: files and large values are still there"):
            found = kept(services, client)
            eventually(lambda: is_kept(client, found), bool, RECOVERY_SECONDS)
            print(f"      {' '.join(objects_of(services).split())}", flush=True)
        with shown.that("down and up: the object store has them still"):
            services.compose("down")
            services.shown("up", "--detach", "--no-build")
            until_ready(services, url)
            eventually(lambda: is_kept(client, found), bool, RECOVERY_SECONDS)


def until_ready(services: Services, url: str) -> None:
    """Wait until every process is healthy and the API says that it is ready."""
    eventually(
        services.states,
        lambda states: "api" in states and set(states.values()) <= {"healthy", "running"},
        START_SECONDS,
    )
    eventually(lambda: is_ready(url), bool, START_SECONDS)


def is_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def are_hardened(services: Services) -> None:
    for service in services.states():
        container = services.inspected(services.container(service))
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], f"{service} may write to its root"
        assert (host["CapDrop"], host["CapAdd"] or []) == (["ALL"], []), f"{service} has capabilities"
        assert "no-new-privileges:true" in host["SecurityOpt"], f"{service} may gain privileges"
        assert container["Config"]["User"].partition(":")[0] not in ("", "0", "root"), f"{service} runs as root"


def killed(services: Services, client: Client, run_id: str, service: str) -> None:
    """Kill a service while a run is at its node, or at its first one; start it again; wait for the run's end."""
    client.until_running(run_id, NODES.get(service, "io"))
    services.kill(service)
    eventually(services.states, lambda states: service not in states, START_SECONDS)
    services.start(service)
    client.end_of(run_id, RECOVERY_SECONDS)
    is_right(client, run_id, service)
    # On a busy machine a process takes its time to begin: the next case is not this one's.
    eventually(services.states, lambda states: states.get(service) == "healthy", START_SECONDS)


def is_right(client: Client, run_id: str, text: str) -> None:
    run = client.run(run_id)
    assert run["status"] == "COMPLETED", run
    expected = {name: [value.format(text) for value in values] for name, values in OUTPUT.items()}
    assert outputs_of(run) == expected, run
    assert states_of(run, "out") == ["COMPLETED"], run


def watched(services: Services) -> None:
    """Start Prometheus, and wait until it has reached every process."""
    services.shown("up", "--detach", "--no-build", "prometheus")
    url = f"http://{services.variables['PROMETHEUS_LISTEN']}/api/v1/targets"

    def healths() -> dict[str, str]:
        try:
            answer = httpx2.get(url, timeout=5)
        except httpx2.TransportError:
            return {}
        # It answers before it is ready, and then not with JSON.
        targets = answer.json()["data"]["activeTargets"] if answer.is_success else []
        return {one["labels"].get("role", one["labels"]["job"]): one["health"] for one in targets}

    wanted = {service: "up" for service in KILLED if service != "postgres"}
    eventually(healths, lambda found: found == wanted, RECOVERY_SECONDS)
    # `down` without its profile would leave it, and the networks that it is in.
    services.compose("rm", "--stop", "--force", "prometheus")


def drained(services: Services, client: Client) -> None:
    """Stop a worker with SIGTERM while a node runs that will end in time, and one that will not."""
    short, long = (client.start(client.agent(one_step(seconds)), text="x") for seconds in (SHORT_SECONDS, LONG_SECONDS))
    for run_id in (short, long):
        client.until_running(run_id, "step")
    began = time.monotonic()
    status = services.stop("blocks-io")
    took = time.monotonic() - began
    assert status == 0, f"it left with {status}"
    assert took < 45, f"it took {took:.0f} s"
    # Without a worker for its queue: what ended, ended while that one drained.
    assert client.end_of(short)["status"] == "COMPLETED"
    assert client.run(long)["status"] == "RUNNING"
    services.start("blocks-io")
    run = client.end_of(long, RECOVERY_SECONDS)
    assert outputs_of(run) == {"out": ["xi"]}, run


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
