"""XMLParser: what models and services write is read, and what is meant to harm is refused in time."""

from __future__ import annotations

import time
from typing import Any

import pytest

READ = {
    "around and between": ("a <x>1</x> b <y>2</y> c", {"x": "1", "y": "2"}),
    "in a fence": ("```xml\n<x>1</x>\n```", {"x": "1"}),
    "one name twice": ("<x>1</x><x>2</x>", [{"x": "1"}, {"x": "2"}]),
    "capitals": ("<Summary>S</Summary>", {"summary": "S"}),
    "spaces in a name": ("<best offer>5</best offer>", {"best_offer": "5"}),
    "bare signs": ("<x>a & b < 3 && c</x>", {"x": "a & b < 3 && c"}),
    "entities of XML": ("<x>&lt;b&gt; &amp; &#65;&#x42;</x>", {"x": "<b> & AB"}),
    "a section": ("<x><![CDATA[<!DOCTYPE html><b>&]]></x>", {"x": "<!DOCTYPE html><b>&"}),
    "a comment": ("<x>1<!-- no -->2</x>", {"x": "12"}),
    "a declaration": ('<?xml version="1.0" encoding="UTF-8"?>\n<x>1</x>', {"x": "1"}),
    "a namespace": ('<a:x xmlns:a="urn:a"><a:y>1</a:y></a:x>', {"x": {"y": "1"}}),
    "a prefix of nothing": ("<a:x>1</a:x>", {"x": "1"}),
    "attributes": ('<x id="1">2</x>', {"x": "2"}),
    "empty": ("<x/><y></y>", {"x": "", "y": ""}),
    "white space": ("<x>\n  a\n  b\n</x>", {"x": "a\n  b"}),
    "letters of all kinds": ("<имя>Ж😀</имя>", {"имя": "Ж😀"}),
    "deep": ("<a>" * 50 + "1" + "</a>" * 50, None),
}


@pytest.mark.parametrize(("text", "parsed"), READ.values(), ids=READ)
async def test_it_is_read_as_it_is_meant(run: Any, text: str, parsed: Any) -> None:
    outputs = (await run("XMLParserBlock", {"input_xml": text})).outputs
    assert len(outputs) == 1
    if parsed is not None:
        assert outputs == [("parsed_xml", parsed)]


async def test_all_of_it_can_be_kept(run: Any) -> None:
    text = '<p lang="en">Hi <b>you</b> there</p><p/>'
    outputs = (await run("XMLParserBlock", {"input_xml": text, "keep_all": True})).outputs
    assert outputs == [("parsed_xml", [{"p": {"@lang": "en", "#text": "Hi there", "b": "you"}}, {"p": ""}])]


ENTITIES = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "laughs": f'<!DOCTYPE l [<!ENTITY a0 "ha">{ENTITIES}]><l>&a9;</l>',
    "a file": '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>',
    "a parameter": '<!DOCTYPE l [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]><l/>',
    "a document type in small letters": "<!doctype l><l/>",
    "depth": "<a>" * 200_000 + "</a>" * 200_000,
    "width": "<a>1</a>" * 600_000,
    "sections": "<![CDATA[" * 500_000,
    "closed sections": "<![CDATA[a]]>" * 350_000,
    "angles": "<" * 4_900_000,
    "ampersands": "&" * 4_900_000,
    "spaces": "<a" + " a" * 2_400_000,
    "length": "a" * 5_000_001,
    "the way out of the element around it": "</all><all>",
    "half": "<a><b>1</b>",
    "crossed": "<a><b></a></b>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_s33_what_is_meant_to_harm_is_refused_in_time(run: Any, text: str) -> None:
    started = time.monotonic()
    outcome = await run("XMLParserBlock", {"input_xml": text})
    assert outcome.code in ("BLOCK_FAILED", "VALUE_TOO_LARGE"), outcome.emissions
    assert time.monotonic() - started < 3
    assert "root:" not in outcome.error.message
