"""Jobs at Replicate, Revid, D-ID and fal: begun once, asked for until they are over, as their documentation has it."""

from __future__ import annotations

import base64

import pytest

from blocks.library.d_id import CreateTalkingAvatarVideo
from blocks.library.fal import AIVideoGenerator
from blocks.library.replicate_images import AIImageCustomizer, AIImageEditor, AIImageGenerator
from blocks.library.replicate_models import ReplicateFluxAdvancedModel, ReplicateModel
from blocks.library.replicate_music import AIMusicGenerator
from blocks.library.revid_videos import AIAdMakerVideoCreator, AIScreenshotToVideoAd, AIShortformVideoCreator
from blocks.providers.d_id import D_ID
from blocks.providers.fal import FAL
from blocks.providers.replicate import REPLICATE
from blocks.providers.revid import REVID
from blocks.sdk import Block, Sleep
from blocks.sdk.jobs import Pace
from blocks.sdk.stepping import run_step
from schema.errors import Unavailable
from schema.inputs import prepare
from tests.providers.exchanges import Anything, Case, Exchange, header, play
from tests.providers.services import Asked, Says, api_key, service

VERSION = "0123456789abcdef" * 4
PNG = b"\x89PNG\r\n\x1a\n"
DATA = "data:image/png;base64,iVBORw0KGgo="
VIDEO = "https://example.com/1.mp4"
STARTED = {"id": "p1", "status": "starting"}


def done(output: object) -> Exchange:
    return Exchange("GET", "/predictions/p1", {"id": "p1", "status": "succeeded", "output": output})


def begun(model: str, **given: object) -> Exchange:
    return Exchange("POST", "/predictions", Says(STARTED, 201), json={"version": model, "input": given})


def described(model: str, **facts: object) -> Exchange:
    return Exchange("GET", f"/models/{model}", facts)


REPLICATE_CASES = [
    Case(
        ReplicateModel,
        {"model_name": "owner/poet", "model_inputs": {"n": 1}},
        [
            described("owner/poet", latest_version={"id": VERSION}),
            begun(VERSION, n=1),
            Exchange("GET", "/predictions/p1", STARTED),
            done(["a", "b"]),
        ],
        [("result", "ab"), ("status", "succeeded"), ("model_name", "owner/poet")],
    ),
    Case(
        ReplicateFluxAdvancedModel,
        {"prompt": "A wall", "replicate_model_name": "Flux Pro", "seed": 7},
        [
            described("black-forest-labs/flux-pro", is_official=True),
            begun(
                "black-forest-labs/flux-pro",
                prompt="A wall",
                steps=25,
                guidance=3,
                interval=2,
                aspect_ratio="1:1",
                output_format="webp",
                output_quality=80,
                safety_tolerance=2,
                seed=7,
            ),
            done(VIDEO),
        ],
        [("result", VIDEO)],
    ),
    Case(
        AIImageGenerator,
        {"prompt": "A wall", "model": "Recraft v3", "size": "wide", "style": "realistic_image"},
        [
            described("recraft-ai/recraft-v3", is_official=True),
            begun("recraft-ai/recraft-v3", prompt="A wall", size="1820x1024", style="realistic_image"),
            done("https://example.com/1.webp"),
        ],
        [("image_url", "https://example.com/1.webp")],
    ),
    Case(
        AIMusicGenerator,
        {"prompt": "Bells"},
        [
            described("meta/musicgen", latest_version={"id": VERSION}),
            begun(
                VERSION,
                prompt="Bells",
                duration=8,
                temperature=1.0,
                top_k=250,
                top_p=0.0,
                classifier_free_guidance=3,
                output_format="wav",
                normalization_strategy="loudness",
                model_version="stereo-large",
            ),
            done("https://example.com/1.wav"),
        ],
        [("result", "https://example.com/1.wav")],
    ),
]


@pytest.mark.parametrize("case", REPLICATE_CASES, ids=str)
async def test_replicate_is_asked_as_documented(case: Case) -> None:
    await play(REPLICATE, case, header("authorization", "Bearer the-secret-key"))


def delivered(asked: Asked) -> Says:
    return Says({"id": "p1", "status": "succeeded", "output": f"http://{asked.headers['host']}/1.png"})


@pytest.mark.parametrize(
    ("block", "inputs", "given", "gives"),
    [
        (
            AIImageCustomizer,
            {"images": [DATA]},
            {"aspect_ratio": "match_input_image", "output_format": "png", "image_input": [DATA]},
            "image_url",
        ),
        (
            AIImageEditor,
            {"input_image": DATA, "model": "Flux Kontext Pro", "seed": 3},
            {"aspect_ratio": "match_input_image", "output_format": "png", "input_image": DATA, "seed": 3},
            "output_image",
        ),
    ],
)
async def test_an_image_goes_to_replicate_and_what_comes_back_is_kept(
    block: type[Block], inputs: dict[str, object], given: dict[str, object], gives: str
) -> None:
    picture = Says(PNG, headers={"content-type": "image/png"})
    operations = Anything(Says({"is_official": True}), Says(STARTED, 201), delivered, picture)
    async with service(REPLICATE, operations) as running:
        outcome = await running.run(block, {"prompt": "Blue", **inputs})
    assert outcome.outputs == [(gives, DATA)]
    assert running.asked[1].json["input"] == {"prompt": "Blue", **given}
    assert "authorization" not in running.asked[3].headers


async def test_a_large_image_is_uploaded_first() -> None:
    large = "data:image/png;base64," + base64.b64encode(PNG + bytes(300_000)).decode()
    stored = Says({"urls": {"get": "https://api.replicate.com/v1/files/f1"}}, 201)
    picture = Says(PNG, headers={"content-type": "image/png"})
    operations = Anything(stored, Says({"is_official": True}), Says(STARTED, 201), delivered, picture)
    async with service(REPLICATE, operations) as running:
        await running.run(AIImageCustomizer, {"prompt": "Blue", "images": [large]})
    assert (running.asked[0].method, running.asked[0].path) == ("POST", "/files")
    assert running.asked[0].headers["content-type"].startswith("multipart/form-data")
    assert running.asked[2].json["input"]["image_input"] == ["https://api.replicate.com/v1/files/f1"]


async def test_a_model_that_is_no_name_is_refused_before_anything_is_asked() -> None:
    async with service(REPLICATE, Anything(Says({}))) as running:
        outcome = await running.run(ReplicateModel, {"model_name": "../../account"})
    assert outcome.code == "INVALID_INPUT"
    assert not running.asked


def shown(script: str, **more: object) -> dict[str, object]:
    return {
        "workflow": "script-to-video",
        "source": {"text": script},
        "aspectRatio": "9:16",
        "captions": {"enabled": True},
        "music": {"enabled": True},
        **more,
    }


def rendered(**more: object) -> list[Exchange]:
    return [
        Exchange("POST", "/render", {"success": 1, "pid": "p_1"}, json=shown("Walls.", **more)),
        Exchange("GET", "/status", {"status": "building"}, query={"pid": "p_1"}),
        Exchange("GET", "/status", {"status": "ready", "videoUrl": VIDEO}, query={"pid": "p_1"}),
    ]


OWN = {"type": "custom", "useOnlyProvided": True, "turnImagesIntoVideos": True}
EVA = {"enabled": True, "voiceId": "FGY2WhTYpPnrIDTdsKH5"}
REVID_CASES = [
    Case(
        AIShortformVideoCreator,
        {"script": "Walls.", "voice": "my-voice", "video_style": "movingImage"},
        rendered(
            voice={"enabled": True, "voiceId": "my-voice"},
            media={"type": "moving-image", "mediaPreset": "DEFAULT"},
            render={"resolution": "720p", "frameRate": 60},
        ),
        [("video_url", VIDEO)],
    ),
    Case(
        AIAdMakerVideoCreator,
        {"script": "Walls.", "input_media_urls": ["https://example.com/a.mp4?x=1"]},
        rendered(
            voice=EVA,
            media={**OWN, "provided": [{"url": "https://example.com/a.mp4?x=1", "title": "", "type": "video"}]},
            options={"targetDuration": 30},
        ),
        [("video_url", VIDEO)],
    ),
    Case(
        AIScreenshotToVideoAd,
        {"script": "Walls.", "screenshot_url": "https://example.com/a.png"},
        rendered(
            voice=EVA,
            media={**OWN, "provided": [{"url": "https://example.com/a.png", "title": "", "type": "image"}]},
            options={"targetDuration": 30},
        ),
        [("video_url", VIDEO)],
    ),
]


@pytest.mark.parametrize("case", REVID_CASES, ids=str)
async def test_revid_is_asked_as_documented(case: Case) -> None:
    await play(REVID, case, header("key", "the-secret-key"))


async def test_d_id_is_asked_as_documented() -> None:
    script = {
        "type": "text",
        "input": "Hi.",
        "provider": {"type": "microsoft", "voice_id": "en-US-JennyNeural"},
        "ssml": False,
        "subtitles": False,
    }
    body = {
        "presenter_id": "amy-Aq6OmGZnMt",
        "driver_id": "Vcq0R4a8F0",
        "script": script,
        "config": {"result_format": "mp4"},
        "presenter_config": {"crop": {"type": "wide"}},
    }
    exchanges = [
        Exchange("POST", "/clips", Says({"id": "clp_1"}, 201), json=body),
        Exchange("GET", "/clips/clp_1", {"status": "started"}),
        Exchange("GET", "/clips/clp_1", {"status": "done", "result_url": VIDEO}),
    ]
    case = Case(
        CreateTalkingAvatarVideo, {"script_input": "Hi.", "polling_interval": 7}, exchanges, [("video_url", VIDEO)]
    )
    outcome = await play(D_ID, case, header("authorization", "Basic the-secret-key"))
    assert outcome.slept == [7.0, 7.0]


async def test_fal_is_asked_as_documented_and_a_request_is_asked_for_at_its_app() -> None:
    exchanges = [
        Exchange("POST", "/fal-ai/kling-video/v1/text-to-video", {"request_id": "r1"}, json={"prompt": "A wall"}),
        Exchange("GET", "/fal-ai/kling-video/requests/r1/status", {"status": "IN_PROGRESS"}, query={"logs": "1"}),
        Exchange("GET", "/fal-ai/kling-video/requests/r1/status", {"status": "COMPLETED"}, query={"logs": "1"}),
        Exchange("GET", "/fal-ai/kling-video/requests/r1", {"video": {"url": VIDEO}}),
    ]
    inputs = {"prompt": "A wall", "model": "fal-ai/kling-video/v1/text-to-video"}
    case = Case(AIVideoGenerator, inputs, exchanges, [("logs", []), ("video_url", VIDEO)])
    await play(FAL, case, header("authorization", "Key the-secret-key"))


@pytest.mark.parametrize(
    ("block", "inputs", "told"),
    [
        (ReplicateModel, {"model_name": f"o/n:{VERSION}"}, {"id": "p1", "status": "failed", "error": "the reason"}),
        (AIShortformVideoCreator, {"script": "s"}, {"pid": "p", "status": "failed", "error": "the reason"}),
        (CreateTalkingAvatarVideo, {"script_input": "s"}, {"id": "1", "status": "error", "error": {"description": "the reason"}}),
        (AIVideoGenerator, {"prompt": "s"}, {"request_id": "1", "status": "COMPLETED", "error": "the reason"}),
    ],
)  # fmt: skip
async def test_a_job_that_failed_says_why(block: type[Block], inputs: dict[str, object], told: object) -> None:
    async with service(block.provider, Anything(Says(told))) as running:  # type: ignore[attr-defined]
        outcome = await running.run(block, inputs)
    assert outcome.code == "BLOCK_FAILED"
    assert "the reason" in outcome.error.message


async def test_a_question_that_fails_is_asked_again_and_the_job_is_not_begun_again() -> None:
    """The same step runs again, as a retry does: it knows the job by what the first step left."""
    told = Anything(Says({"id": "p1"}, 201), Says(b"", 503), Says({"status": "succeeded", "output": "x"}))
    key = api_key(REPLICATE)
    inputs = prepare(ReplicateModel.spec, {"model_name": f"o/n:{VERSION}", "credentials": key.reference.to_wire()})
    async with service(REPLICATE, told) as running:
        context = running.context(key)
        (slept,) = [item async for item in run_step(ReplicateModel, inputs, context)]
        assert isinstance(slept, Sleep)
        context.step, context.memories = 1, [slept.memory]
        with pytest.raises(Unavailable):
            [item async for item in run_step(ReplicateModel, inputs, context)]
        again = [item async for item in run_step(ReplicateModel, inputs, context)]
    assert again[0] == ("result", "x")
    assert [asked.method for asked in running.asked] == ["POST", "GET", "GET"]


async def test_a_job_that_does_not_end_is_given_up() -> None:
    async with service(FAL, Anything(Says({"request_id": "r", "status": "IN_QUEUE"}))) as running:
        outcome = await running.run(AIVideoGenerator, {"prompt": "A wall"})
    assert outcome.code == "BLOCK_FAILED"
    assert "has not finished 'r'" in outcome.error.message
    assert len(outcome.slept) == AIVideoGenerator.pace.asks_max
    assert sum(outcome.slept) > 1_800


def test_waits_grow_to_a_limit() -> None:
    pace = Pace(first_seconds=2.0, seconds_max=10.0, growth=2.0)
    assert [pace.wait(asked) for asked in range(5)] == [2.0, 4.0, 8.0, 10.0, 10.0]
