"""The files that images and services are made from: pinned, closed, and equal to what the code says; no Docker is needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from deploy.images.lock_without_servers import SERVERS, without_servers
from deploy.roles import QUEUES
from deploy.stack.temporal import DYNAMIC_SETTINGS
from tests.containers.local_images import VARIABLES
from tests.containers.servers import IMAGES
from tests.tidy.source import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: Mapping[str, Any] = COMPOSE["services"]
#: ${VARIABLE:-name:tag}: a variable puts another in its place, and the tag names a version, not what happens to be the latest.
_PINNED = re.compile(r"\$\{(?P<variable>[A-Z0-9_]+_IMAGE):-(?P<name>[\w./-]+):v?\d+\.\d+[\w.-]*\}")
_OURS = "${DRYSTONE_IMAGE:-drystone:0.1.0}"


def is_pinned(image: str) -> bool:
    return _PINNED.fullmatch(image) is not None


def ours() -> dict[str, Any]:
    """Give the services that run our image."""
    return {name: service for name, service in SERVICES.items() if service["image"] == _OURS}


def variables_of(text: str) -> set[str]:
    """Give the variables that a compose file reads."""
    return set(re.findall(r"\$\{([A-Z0-9_]+)", text)) | set(re.findall(r"^ +([A-Z0-9_]+):$", text, re.MULTILINE))


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned_and_can_be_replaced_by_a_variable(name: str) -> None:
    assert is_pinned(SERVICES[name]["image"])


@pytest.mark.parametrize(
    "image", ["postgres:18.4", "${POSTGRES_IMAGE:-postgres:latest}", "${POSTGRES_IMAGE:-postgres}"]
)
def test_an_image_that_is_not_is_seen(image: str) -> None:
    assert not is_pinned(image)


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_write_to_its_root_nor_gain_what_it_has_not(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root(name: str) -> None:
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", SERVICES[name]["user"])


def test_there_is_a_worker_for_every_queue_and_a_process_for_every_role() -> None:
    commands = [service["command"] for service in ours().values()]
    assert [["worker", "--queue", queue] in commands for queue in QUEUES] == [True] * len(QUEUES)
    for command in (["api"], ["starter"], ["reconciler"], ["migrate"], ["temporal", "setup"]):
        assert command in commands


def test_what_runs_peoples_code_reaches_no_address_beyond_the_other_services() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["blocks-sandbox"]["networks"] == ["inside"]
    assert SERVICES["blocks-io"]["networks"] == ["inside", "outside"]


def test_no_secret_stands_in_the_environment_of_a_service() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            # Without a value it is passed on from who starts the services, and only where it is set.
            is_secret = re.search(r"PASSWORD|PWD|TOKEN|KEYS$|SECRET_", variable) is not None
            assert not is_secret or value is None or str(value).startswith("/"), (name, variable)


def test_ports_are_published_on_loopback_unless_somebody_says_otherwise() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            assert re.match(r"\$\{[A-Z0-9_]+:-127\.0\.0\.1:\d+\}:\d+$", port), (name, port)


def test_a_worker_has_longer_to_end_than_its_nodes_have() -> None:
    assert {service["stop_grace_period"] for service in ours().values()} == {"45s"}


def test_a_worker_ends_in_good_order_before_it_has_all_the_memory_that_it_may() -> None:
    for name, service in ours().items():
        limit = re.fullmatch(r"\$\{\w+:-(\d+)g\}", service["mem_limit"])
        most = re.fullmatch(r"\$\{\w+:-(\d+)\}", service["environment"]["DRYSTONE_WORKER_MEMORY_BYTES_MAX"])
        assert limit is not None, name
        assert most is not None, name
        assert int(most[1]) < 0.8 * int(limit[1]) * 2**30, name


def test_temporals_ui_can_be_told_where_to_ask_for_what_is_sealed() -> None:
    assert {"TEMPORAL_CODEC_ENDPOINT", "TEMPORAL_CODEC_INCLUDE_CREDENTIALS"} <= set(
        SERVICES["temporal-ui"]["environment"]
    )
    assert "DRYSTONE_CODEC_MODE" in SERVICES["api"]["environment"]


def test_temporal_has_the_settings_that_the_embedded_one_has() -> None:
    settings = yaml.safe_load((DEPLOY / "compose" / "temporal-settings.yaml").read_text(encoding="utf-8"))
    assert all(len(values) == 1 and set(values[0]) == {"value"} for values in settings.values())
    # Those of the command line are JSON, which is YAML, too.
    wanted = {name: yaml.safe_load(value) for name, value in DYNAMIC_SETTINGS.items()}
    assert {name: values[0]["value"] for name, values in settings.items()} == wanted


def test_every_variable_of_compose_is_in_the_example_with_its_meaning() -> None:
    example = (DEPLOY / "compose" / "example.env").read_text(encoding="utf-8")
    told = set(re.findall(r"^#?([A-Z0-9_]+)=", example, re.MULTILINE))
    read = variables_of((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert read - told == set()
    assert told - read - {"COMPOSE_PROFILES"} == set()


def test_images_made_here_stand_in_for_images_of_compose_and_of_the_tests() -> None:
    read = variables_of((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(VARIABLES) - read == set()
    defaults = {service["image"] for service in SERVICES.values()}
    for name, image in IMAGES.items():
        assert f"${{{name.removeprefix('DRYSTONE_TEST_')}:-{image}}}" in defaults


def test_the_dockerfile_ends_as_a_user_that_is_not_root_with_a_health_check_and_exec_forms() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 65532:65532\n" in final
    assert "\nSTOPSIGNAL SIGTERM\n" in final
    for instruction in ("ENTRYPOINT", "CMD", "    CMD"):
        assert re.search(rf"^{instruction} \[", final, re.MULTILINE), instruction
    assert "HEALTHCHECK" in final


def test_the_dockerfile_names_its_base_by_an_argument_and_no_index() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${PYTHON_IMAGE}", "${PYTHON_IMAGE}"]
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"https?://|--index-url|--trusted-host|ARG PIP", DOCKERFILE)
    assert "--require-hashes" in DOCKERFILE


def test_the_lock_of_the_image_is_ours_without_the_embedded_servers() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines(keepends=True)
    image = "".join(without_servers(lock))
    assert all(f"\n{name}==" in "".join(lock) for name in SERVERS)
    assert not any(f"\n{name}==" in image for name in SERVERS)
    assert "\ntemporalio==" in image
    assert "\npsutil==" in image
    entries = [sum(line[:1].isalnum() for line in lines) for lines in (lock, image.splitlines())]
    assert entries[1] == entries[0] - len(SERVERS)


def test_what_is_copied_into_the_image_is_let_in_and_nothing_else_is() -> None:
    copied = set(re.findall(r"^COPY ([a-zA-Z]+) app/", DOCKERFILE, re.MULTILINE)) | {"requirements.lock"}
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(let_in) == copied
