"""The services beside the platform, for real: a scanner that finds, an object store that keeps; no test is here."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.containers.client import Client, eventually, outputs_of
from tests.containers.engine import Services
from tests.containers.local_images import EICAR
from tests.durable.graphs import an_input, an_output, make_document

START_SECONDS: Final = 300.0
BUCKET: Final = "drystone"
KEYS: Final[Mapping[str, str]] = {"accessKey": "drystone-test", "secretKey": "of-this-machine-only"}
#: Larger than what stands in a row, so it goes to the store.
LARGE: Final = "x" * 600_000


@contextmanager
def beside(services: Services) -> Iterator[None]:
    """Have a scanner and an object store run beside the rest, which uses them."""
    with tempfile.TemporaryDirectory(prefix="drystone-s3-") as folder:
        config = Path(folder) / "s3.json"
        actions = ["Admin", "Read", "List", "Tagging", "Write"]
        config.write_text(json.dumps({"identities": [{"name": "drystone", "credentials": [KEYS], "actions": actions}]}))
        config.chmod(0o644)
        Path(folder).chmod(0o755)
        services.variables |= {
            "COMPOSE_PROFILES": "scan,s3",
            # Nobody listens there until `traced`: spans that cannot be sent keep nothing from going on.
            "DRYSTONE_OTLP_ENDPOINT": "http://collector:4318",
            "DRYSTONE_CLAMD_ADDRESS": "clamav:3310",
            "DRYSTONE_OBJECT_STORE_URL": f"s3://{BUCKET}",
            "AWS_ENDPOINT_URL": "http://s3:8333",
            "AWS_ACCESS_KEY_ID": KEYS["accessKey"],
            "AWS_SECRET_ACCESS_KEY": KEYS["secretKey"],
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
            "S3_CONFIG": str(config),
        }
        services.shown("up", "--detach", "--no-build", "s3", "clamav")
        eventually(lambda: _made_bucket(services), bool, START_SECONDS)
        services.shown("up", "--detach", "--no-build")
        yield


def _made_bucket(services: Services) -> bool:
    """Make the bucket, as docs/containers.md says; say whether it is there."""
    shell = ("exec", "--no-TTY", "s3", "sh", "-c")
    services.compose(*shell, f"echo s3.bucket.create -name {BUCKET} | weed shell || true")
    return BUCKET in services.compose(*shell, "echo s3.bucket.list | weed shell || true")


def upload(client: Client, name: str, content: bytes) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {client.token}"}
    return client.http.post(f"{client.url}/files", files={"file": (name, content)}, headers=headers, timeout=60)


def scanned(client: Client) -> None:
    """A clean file passes; an infected one is refused and told by its signature; an archive of one, too."""
    clean = upload(client, "clean.txt", b"nothing in it")
    assert clean.status_code == 201, clean.text
    assert clean.json()["status"] == "clean", clean.text
    assert "ClamAV" in clean.json()["scanned_by"], clean.text
    for name, content in (("eicar.com", EICAR), ("eicar.zip", _zip(EICAR))):
        bad = upload(client, name, content)
        assert bad.status_code == 422, bad.text
        assert "Eicar" in bad.text, bad.text


def _zip(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("inside.com", content)
    return made.getvalue()


def kept(services: Services, client: Client) -> dict[str, Any]:
    """Keep a file and a large value in the store, kill it, start it again; give what must still be there."""
    uploaded = upload(client, "kept.bin", LARGE.encode()).json()
    nodes = {"in": an_input("text"), "out": an_output("out")}
    agent = client.agent(make_document(nodes, ["in.result -> out.value"], name="Large"))
    run = client.start(agent, text=LARGE)
    client.end_of(run)
    services.kill("s3")
    eventually(services.states, lambda states: "s3" not in states, START_SECONDS)
    services.start("s3")
    return {"file": uploaded["id"], "run": run}


def is_kept(client: Client, found: Mapping[str, Any]) -> bool:
    headers = {"Authorization": f"Bearer {client.token}"}
    try:
        file = client.http.get(f"{client.url}/files/{found['file']}", headers=headers, timeout=30)
    except httpx2.TransportError:
        return False
    return (
        file.status_code == 200
        and file.content == LARGE.encode()
        and outputs_of(client.run(found["run"])) == {"out": [LARGE]}
    )


def traced(services: Services, client: Client) -> None:
    """Start the collector; a run that begins then has its trace there."""
    services.shown("up", "--detach", "--no-build", "collector")
    nodes = {"in": an_input("text"), "out": an_output("out")}
    agent = client.agent(make_document(nodes, ["in.result -> out.value"], name="Traced"))
    eventually(lambda: _is_traced(services, client, agent), bool, START_SECONDS)
    services.compose("rm", "--stop", "--force", "collector")


def _is_traced(services: Services, client: Client, agent: str) -> bool:
    run = client.start(agent, text="traced")
    client.end_of(run)
    trace = client.ask("query($id: ID!) { run(id: $id) { traceId } }", id=run)["traceId"]

    def told() -> str:
        return services.compose("logs", "--no-color", "collector")

    try:
        eventually(told, lambda log: trace in log, 30.0)
    except TimeoutError:
        return False
    return True


def objects_of(services: Services) -> str:
    """Give what the store has, as its own shell lists it."""
    return services.compose("exec", "--no-TTY", "s3", "sh", "-c", f"echo fs.du /buckets/{BUCKET} | weed shell")
