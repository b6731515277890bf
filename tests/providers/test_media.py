"""ScreenshotOne, Ideogram, Unreal Speech, Bannerbear and Wolfram|Alpha as their documentation has them."""

from __future__ import annotations

import pytest

from blocks.library.bannerbear import BannerbearTextOverlay
from blocks.library.ideogram import IdeogramModel
from blocks.library.screenshotone import ScreenshotWebPage
from blocks.library.unreal_speech import UnrealTextToSpeech
from blocks.library.wolfram import AskWolfram
from blocks.providers.bannerbear import BANNERBEAR
from blocks.providers.ideogram import IDEOGRAM
from blocks.providers.screenshotone import SCREENSHOTONE
from blocks.providers.unreal_speech import UNREAL_SPEECH
from blocks.providers.wolfram import WOLFRAM
from tests.providers.exchanges import Anything, Case, Exchange, header, parameter, play
from tests.providers.services import Asked, Says, service

PNG = b"\x89PNG\r\n\x1a\n"
IMAGE = "https://example.com/1.png"


async def test_screenshotone_is_asked_as_documented() -> None:
    query = {
        "url": "https://example.com/?a=1&b=2",
        "viewport_width": "800",
        "viewport_height": "1080",
        "full_page": "true",
        "format": "png",
        "block_ads": "true",
        "block_cookie_banners": "true",
        "block_chats": "true",
        "cache": "false",
    }
    told = Says(PNG, headers={"content-type": "image/png"})
    case = Case(
        ScreenshotWebPage,
        {"url": "https://example.com/?a=1&b=2", "viewport_width": 800, "full_page": True},
        [Exchange("GET", "/take", told, query=query)],
        [("image", "data:image/png;base64,iVBORw0KGgo=")],
    )
    await play(SCREENSHOTONE, case, header("x-access-key", "the-secret-key"))


@pytest.mark.parametrize(
    ("told", "code", "words"),
    [
        (Says({"error_code": "concurrency_limit_reached", "error_message": "Too many."}, 400), "RATE_LIMITED", "400"),
        (
            Says({"error_code": "access_key_invalid", "error_message": "It is wrong."}, 400),
            "BLOCK_FAILED",
            "It is wrong",
        ),
        (Says(b"<html>", headers={"content-type": "text/html"}), "BLOCK_FAILED", "text/html instead of an image"),
    ],
)
async def test_a_page_of_which_there_is_no_image_is_told_for_what_it_is(told: Says, code: str, words: str) -> None:
    async with service(SCREENSHOTONE, Anything(told)) as running:
        outcome = await running.run(ScreenshotWebPage, {"url": "https://example.com"})
    assert outcome.code == code
    assert words in outcome.error.message


IDEOGRAM_CASES = [
    Case(
        IdeogramModel,
        {
            "prompt": "A wall",
            "aspect_ratio": "ASPECT_16_9",
            "style_type": "DESIGN",
            "custom_color_palette": ["#102030"],
        },
        [
            Exchange(
                "POST",
                "/v1/ideogram-v3/generate",
                {"data": [{"url": IMAGE}]},
                json={
                    "prompt": "A wall",
                    "aspect_ratio": "16x9",
                    "magic_prompt": "AUTO",
                    "style_type": "DESIGN",
                    "color_palette": {"members": [{"color_hex": "#102030"}]},
                },
            )
        ],
        [("result", IMAGE)],
    ),
    Case(
        IdeogramModel,
        {"prompt": "A wall", "ideogram_model_name": "V_2", "seed": 5, "color_palette_name": "EMBER"},
        [
            Exchange(
                "POST",
                "/generate",
                {"data": [{"url": IMAGE}]},
                json={
                    "image_request": {
                        "prompt": "A wall",
                        "seed": 5,
                        "color_palette": {"name": "EMBER"},
                        "model": "V_2",
                        "aspect_ratio": "ASPECT_1_1",
                        "magic_prompt_option": "AUTO",
                        "style_type": "AUTO",
                    }
                },
            )
        ],
        [("result", IMAGE)],
    ),
]


@pytest.mark.parametrize("case", IDEOGRAM_CASES)
async def test_ideogram_is_asked_as_documented(case: Case) -> None:
    await play(IDEOGRAM, case, header("api-key", "the-secret-key"))


async def test_an_image_is_made_larger_by_sending_it_back() -> None:
    def made(asked: Asked) -> Says:
        return Says({"data": [{"url": f"http://{asked.headers['host']}/1.png"}]})

    picture = Says(PNG, headers={"content-type": "image/png"})
    operations = Anything(made, picture, Says({"data": [{"url": IMAGE}]}))
    async with service(IDEOGRAM, operations) as running:
        outcome = await running.run(IdeogramModel, {"prompt": "A wall", "upscale": "AI Upscale"})
    assert outcome.outputs == [("result", IMAGE)]
    fetched, sent = running.asked[1:]
    assert "api-key" not in fetched.headers
    assert (sent.path, sent.headers["api-key"]) == ("/upscale", "the-secret-key")
    assert b'name="image_request"' in sent.body
    assert b'{"prompt": "A wall"}' in sent.body
    assert PNG in sent.body


async def test_unreal_speech_is_asked_as_documented() -> None:
    body = {
        "Text": "Walls.",
        "VoiceId": "Dan",
        "Bitrate": "192k",
        "Speed": "0",
        "Pitch": "1",
        "TimestampType": "sentence",
    }
    exchange = Exchange("POST", "/speech", {"OutputUri": "https://example.com/1.mp3"}, json=body)
    case = Case(
        UnrealTextToSpeech,
        {"text": "Walls.", "voice_id": "Dan"},
        [exchange],
        [("mp3_url", "https://example.com/1.mp3")],
    )
    await play(UNREAL_SPEECH, case, header("authorization", "Bearer the-secret-key"))


CHANGES = [{"name": "title", "text": "Walls", "color": "#000000"}]
BANNERBEAR_CASES = [
    Case(
        BannerbearTextOverlay,
        {"template_id": "t1", "text_modifications": CHANGES, "image_url": IMAGE, "project_id": "p1"},
        [
            Exchange(
                "POST",
                "/images",
                {"uid": "u1", "status": "completed", "image_url": IMAGE},
                json={
                    "template": "t1",
                    "modifications": [*CHANGES, {"name": "photo", "image_url": IMAGE}],
                    "project_id": "p1",
                },
            )
        ],
        [("success", True), ("image_url", IMAGE), ("uid", "u1"), ("status", "completed")],
    ),
    Case(
        BannerbearTextOverlay,
        {"template_id": "t1", "text_modifications": CHANGES, "webhook_url": "https://example.com/", "metadata": "m"},
        [
            Exchange(
                "POST",
                "/images",
                Says({"uid": "u1", "status": "pending"}, 202),
                json={
                    "template": "t1",
                    "modifications": CHANGES,
                    "webhook_url": "https://example.com/",
                    "metadata": "m",
                },
            )
        ],
        [("success", True), ("uid", "u1"), ("status", "pending")],
    ),
]


@pytest.mark.parametrize("case", BANNERBEAR_CASES)
async def test_bannerbear_is_asked_as_documented(case: Case) -> None:
    await play(BANNERBEAR, case, header("authorization", "Bearer the-secret-key"))


async def test_wolfram_is_asked_as_documented() -> None:
    told = Says(b"Query:\n2+2\n\nResult:\n4", headers={"content-type": "text/plain"})
    exchange = Exchange("GET", "/llm-api", told, query={"input": "2+2"})
    case = Case(AskWolfram, {"question": "2+2"}, [exchange], [("answer", "Query:\n2+2\n\nResult:\n4")])
    await play(WOLFRAM, case, parameter("appid"))


async def test_what_wolfram_does_not_understand_is_no_outage() -> None:
    told = Says(b"Wolfram|Alpha did not understand your input", 501)
    async with service(WOLFRAM, Anything(told)) as running:
        outcome = await running.run(AskWolfram, {"question": "asdf"})
    assert outcome.code == "BLOCK_FAILED"
    assert "did not understand" in outcome.error.message
    assert len(running.asked) == 1
