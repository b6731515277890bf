"""A library that a block uses may log what it was given: the process's log has none of the block's secrets, and names its run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from deploy.telemetry_logs import render_json, tidy
from tests.api.credentials import api_key, make
from tests.api.serving import Api, Organisation
from tests.api.test_credential_runs import SECRET, chosen, run, spending


@pytest.fixture
def written() -> Iterator[StringIO]:
    """Give what a logger of somebody else's writes, by the processors of a service; and, as a control, as it would be."""
    text = StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.contextvars.merge_contextvars],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                tidy,
                render_json,
            ],
            keep_exc_info=False,
        )
    )
    theirs = logging.getLogger("theirs")
    theirs.addHandler(handler)
    yield text
    theirs.removeHandler(handler)


async def test_what_a_library_logs_in_a_block_has_no_secret_and_names_its_run(
    api: Api, acme: Organisation, written: StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    made = await make(acme.owner, **api_key(SECRET))
    found = await run(api, acme, spending("library log"), **chosen(made["id"]))
    assert found["status"] == "COMPLETED"
    (line,) = [json.loads(one) for one in written.getvalue().splitlines()]
    assert line["event"] == "tried with ***"
    assert "cannot use ***" in line["exception"]
    assert SECRET not in written.getvalue()
    assert (line["run"], line["node"], line["execution"]) == (str(found["id"]), "spend", 1)
    assert SECRET in caplog.text, "without the scrubber it would be there"
