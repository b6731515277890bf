"""What is sealed opens for its workflow, namespace and key only; whatever is else is refused by the reason, and counted."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import ActivitySerializationContext, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from deploy.codec import KEY, REFUSED, SUBJECT, Ring, codec_problems, data_converter_of, ring_of
from deploy.settings import Settings
from schema.db.key_file import BadKeys, add_key, make_key_file, use_key
from schema.errors import BlockFailed, KeyMissing, PayloadUnread, Unread
from tests.codec.keys import ANOTHER_RUN, ONE, OTHER, RUN, plain, ring, settings
from workflows.converter import DATA_CONVERTER, SEALED, SealedFailureConverter, subject_of
from workflows.converter import OTHER as OTHER_TYPE

SCHEDULED = "scheduled-run-01920000-0000-7000-8000-000000000003"


def refusal(keys: Ring, payload: Payload, subject: str = RUN) -> Unread:
    """Open what must be refused; give the reason."""
    with pytest.raises(PayloadUnread) as refused:
        keys.open(payload, subject)
    return refused.value.reason


def of_workflow(workflow_id: str = RUN) -> WorkflowSerializationContext:
    return WorkflowSerializationContext("default", workflow_id)


def of_activity(workflow_id: str = RUN) -> ActivitySerializationContext:
    return ActivitySerializationContext("default", "1", "Pass", "blocks-io", workflow_id, "GraphRun", False)


def test_what_is_sealed_shows_nothing_and_opens_as_it_was() -> None:
    sealed = ring().seal(plain("canary"), RUN)
    assert sealed.metadata["encoding"] == SEALED
    assert sealed.metadata[SUBJECT] == RUN.encode()
    assert b"canary" not in sealed.SerializeToString()
    assert b"json" not in sealed.SerializeToString()
    assert ring().open(sealed, RUN) == plain("canary")


def test_no_two_sealings_are_alike() -> None:
    keys = ring()
    assert len({keys.seal(plain(), RUN).data for _ in range(10_000)}) == 10_000


def test_every_flipped_bit_is_noticed() -> None:
    keys, sealed = ring(), ring().seal(plain(), RUN)
    for place in range(len(sealed.data)):
        changed = bytearray(sealed.data)
        changed[place] ^= 1 << place % 8
        assert refusal(keys, Payload(metadata=sealed.metadata, data=bytes(changed))) is Unread.CHANGED
    for data in (b"", sealed.data[:12], sealed.data[:-1], sealed.data + b"\0"):
        assert refusal(keys, Payload(metadata=sealed.metadata, data=data)) is Unread.CHANGED
    assert keys.open(sealed, RUN) == plain()  # The control.


def test_what_is_copied_to_another_workflow_or_namespace_does_not_open() -> None:
    sealed = ring().seal(plain(), RUN)
    assert refusal(ring(), sealed, ANOTHER_RUN) is Unread.CHANGED
    sealed.metadata[SUBJECT] = ANOTHER_RUN.encode()  # Claiming it helps nobody.
    assert refusal(ring(), sealed, ANOTHER_RUN) is Unread.CHANGED
    assert refusal(ring(temporal_namespace="other"), sealed) is Unread.CHANGED


def test_a_key_that_is_not_here_is_told_from_what_was_changed() -> None:
    sealed = ring().seal(plain(), RUN)
    assert refusal(ring(f"b:{ONE}"), sealed) is Unread.KEY_MISSING
    # Another key of the same id, as after a mistake in a deployment's settings.
    assert refusal(ring(f"a:{OTHER}"), sealed) is Unread.KEY_MISSING


def test_what_is_not_sealed_is_refused_unless_it_is_said_that_it_may_come() -> None:
    assert refusal(ring(), plain()) is Unread.NOT_SEALED
    assert refusal(ring(), Payload()) is Unread.NOT_SEALED
    for mode in ("opening", "sealing"):
        assert ring(codec_mode=mode).open(plain(), RUN) == plain()


async def test_a_process_that_only_opens_sends_what_one_without_keys_reads() -> None:
    opening = data_converter_of(settings(codec_mode="opening")).with_context(of_workflow())
    failure = Failure()
    await opening.encode_failure(ApplicationError("words", type="A_TYPE"), failure)
    assert str(await DATA_CONVERTER.decode_failure(failure)) == "A_TYPE: words"
    assert await DATA_CONVERTER.decode(await opening.encode([{"a": 1}])) == [{"a": 1}]
    # And it reads what one sends that seals already.
    sealing = data_converter_of(settings(codec_mode="sealing")).with_context(of_workflow())
    sealed = await sealing.encode([{"a": 1}])
    assert sealed[0].metadata["encoding"] == SEALED
    assert await opening.decode(sealed) == [{"a": 1}]


@pytest.mark.parametrize(
    "metadata", [{}, {KEY: b"\xff"}, {KEY: b"a"}, {KEY: b"."}, {KEY: b"a.00"}, {KEY: b"x" * 9_999}]
)
def test_metadata_of_any_shape_is_refused(metadata: dict[str, bytes]) -> None:
    payload = Payload(metadata={"encoding": SEALED, **metadata}, data=b"x" * 40)
    assert refusal(ring(), payload) in (Unread.KEY_MISSING, Unread.CHANGED)


def test_a_schedules_workflows_are_bound_to_the_schedule() -> None:
    assert subject_of(f"{SCHEDULED}-2026-11-26T07:00:00Z") == subject_of(SCHEDULED) == SCHEDULED
    assert subject_of(RUN) == RUN


def test_a_key_is_turned_without_a_moment_in_which_something_does_not_open(tmp_path: Path) -> None:
    file = tmp_path / "codec.json"
    make_key_file(file)
    with_file = Settings(data_dir=tmp_path, codec_key_file=file)
    begun, running = ring_of(with_file), ring_of(with_file)
    assert begun is not None
    assert running is not None
    before = begun.seal(plain(), RUN)
    key_id = add_key(file, is_current=False)
    # Step one: nobody seals by it, and who has read the file long ago opens what it will seal.
    assert begun.seal(plain(), RUN).metadata[KEY] == before.metadata[KEY]
    use_key(file, key_id)
    after = begun.seal(plain(), RUN)
    assert after.metadata[KEY].decode().startswith(key_id)
    assert running.open(after, RUN) == running.open(before, RUN) == plain()


def test_without_keys_nothing_is_sealed_and_wrong_ones_are_said(tmp_path: Path) -> None:
    assert ring_of(settings(None)) is None
    assert data_converter_of(settings(None)) is DATA_CONVERTER
    assert codec_problems(settings(None)) == codec_problems(settings()) == []
    for wrong in ("a:short", "nothing", "", f"a:{ONE},a:{OTHER}"):
        (problem,) = codec_problems(settings(wrong))
        assert "DRYSTONE_CODEC_KEYS" in problem
        assert ONE not in problem
        with pytest.raises(BadKeys):
            data_converter_of(settings(wrong))
    missing = Settings(data_dir=tmp_path, codec_key_file=tmp_path / "none.json")
    assert len(codec_problems(missing)) == 1
    with pytest.raises(KeyMissing):
        data_converter_of(missing)


async def test_the_sdk_gets_values_back_in_the_same_workflow_only() -> None:
    converter = data_converter_of(settings())
    sealed = await converter.with_context(of_workflow()).encode([{"a": 1}, None])
    assert [payload.metadata["encoding"] for payload in sealed] == [SEALED, SEALED]
    assert await converter.with_context(of_activity()).decode(sealed) == [{"a": 1}, None]
    with pytest.raises(PayloadUnread):
        await converter.with_context(of_workflow(ANOTHER_RUN)).decode(sealed)


async def test_what_a_worker_refuses_is_counted_and_logged_without_what_was_in_it(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    converter = data_converter_of(settings())
    before = REFUSED.labels(Unread.NOT_SEALED)._value.get()
    with pytest.raises(PayloadUnread) as refused:
        await converter.with_context(of_workflow()).decode([plain("canary")])
    assert refused.value.reason is Unread.NOT_SEALED
    assert REFUSED.labels(Unread.NOT_SEALED)._value.get() == before + 1
    said = "".join(capsys.readouterr()) + caplog.text
    assert RUN in said
    assert "canary" not in said


async def test_a_missing_key_fails_the_workflows_task_and_is_the_worlds_fault_for_an_activity() -> None:
    sealed = await data_converter_of(settings(f"b:{OTHER}")).with_context(of_workflow()).encode([{"count": 3}])
    here = data_converter_of(settings())
    codec = here.with_context(of_workflow()).payload_codec
    assert codec is not None
    with pytest.raises(PayloadUnread):
        await codec.decode(sealed)
    # An activity's beat that cannot be read is no beat; what it is to work with says so where it is wanted.
    activity = here.with_context(of_activity())
    assert await activity.decode(sealed) == [None]
    with pytest.raises(PayloadUnread):
        await activity.decode(sealed, [dict])


async def test_texts_of_failures_are_sealed_and_types_are_from_a_list() -> None:
    converter = data_converter_of(settings()).with_context(of_workflow())

    class CanaryOfACustomer(Exception):
        pass

    failures: list[tuple[BaseException, str]] = [
        (ApplicationError("canary", type="BLOCK_FAILED"), "BLOCK_FAILED"),
        (ApplicationError("canary", {"canary": 1}, type="CANARY_TYPE"), OTHER_TYPE),
        (BlockFailed("canary"), "BLOCK_FAILED"),
        (RuntimeError("canary"), "RuntimeError"),
        (CanaryOfACustomer("canary"), OTHER_TYPE),
    ]
    for error, kind in failures:
        try:
            raise error from ValueError("canary of a cause")
        except Exception as raised:  # The test's own.
            failure = Failure()
            await converter.encode_failure(raised, failure)
        assert failure.application_failure_info.type == kind
        assert b"canary" not in failure.SerializeToString().lower()
        read = await converter.decode_failure(failure)
        assert "canary" in str(read)
        assert "canary of a cause" in str(read.__cause__)
    failure = Failure()
    await DATA_CONVERTER.encode_failure(ApplicationError("canary", type="CANARY"), failure)
    assert b"canary" in failure.SerializeToString()  # The control.


def test_the_failure_converter_needs_no_argument() -> None:
    """The SDK makes it itself, once for each workflow."""
    assert isinstance(SealedFailureConverter(), SealedFailureConverter)
