"""A block that makes a dictionary of XML; it follows no entity, no document type and no address."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from blocks.sdk import Block, BlockFailed, BlockInput, BlockOutput, Context, Example, Yield, pin
from blocks.sdk.bounds import check_bytes
from schema.errors import shorten

#: Characters of a document: what a model or a service answers is far smaller, and reading this takes two seconds at most.
XML_CHARS_MAX: Final = 5_000_000
#: Characters that are read where the block runs; with more, the other blocks of this worker would wait.
_QUICK_CHARS: Final = 100_000
#: Levels of elements: a value has 200 levels at most, and a list between two elements is one, too.
DEPTH_MAX: Final = 90

_CDATA: Final = "<![CDATA["
_DECLARATION: Final = re.compile(r"\A\s*<\?xml\b[^>]*\?>", re.IGNORECASE)
_FORBIDDEN: Final = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)
#: An ampersand that begins no entity of XML, and an angle that begins no tag: people and models write both in plain text.
_BARE: Final = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)|<(?!/?[A-Za-z_][^<>]*>|!--|!\[CDATA\[|\?)"
)
#: The prefix of a namespace that is declared nowhere, as in a piece of a larger document.
_PREFIX: Final = re.compile(r"<(/?)[A-Za-z_][\w.-]*:(?=[A-Za-z_])")
#: A tag that XML does not know and people write: with spaces in its name, which become underscores.
_SPACED: Final = re.compile(r"<(/?)([A-Za-z_][\w.-]*(?:[ \t]+[A-Za-z_][\w.-]*)+)[ \t]*>")


class XMLParser(Block):
    """Make a dictionary of XML: {tag: text, or what is inside}. All values are text.

    Tags that stand beside each other make one dictionary; where one of them comes twice they make a list of dictionaries of
    one tag each. Names are written small. Several elements may stand on the outermost level, and text around
    them is left out, as is text beside elements; so are attributes, unless `keep_all` is on. What is no strict XML (a bare
    `&`, a `<` before a number) is read as it is meant. Document types and entities of one's own are refused.
    """

    id = "286380af-9529-4b55-8be0-1d7c854abdb5"
    name = "XMLParserBlock"
    is_pure = True

    class Input(BlockInput):
        input_xml: str = pin(description="The XML.")
        keep_all: bool = pin(False, description="Keep attributes, as `@name`, and text beside elements, as `#text`.")

    class Output(BlockOutput):
        parsed_xml: Any = pin(description="The dictionary, or a list of them where outermost elements have one name.")

    examples = (
        Example(
            input={"input_xml": "<tag1><tag2>content</tag2></tag1>"},
            output=[("parsed_xml", {"tag1": {"tag2": "content"}})],
        ),
        Example(
            title="Elements beside each other",
            input={"input_xml": "<name>Ann</name><age> 30 </age><note/>"},
            output=[("parsed_xml", {"name": "Ann", "age": "30", "note": ""})],
        ),
        Example(
            title="A name that comes twice makes a list",
            input={"input_xml": "<all><a>1</a><b>2</b><a>3</a></all>"},
            output=[("parsed_xml", {"all": [{"a": "1"}, {"b": "2"}, {"a": "3"}]})],
        ),
        Example(
            title="What a model writes: words around it, and a bare ampersand",
            input={"input_xml": "Here it is:\n<Best Name>Salt & Pepper, 1 < 2</Best Name> Enjoy!"},
            output=[("parsed_xml", {"best_name": "Salt & Pepper, 1 < 2"})],
        ),
        Example(
            title="With attributes",
            input={"input_xml": '<?xml version="1.0"?><p lang="en">Hi <b>you</b></p>', "keep_all": True},
            output=[("parsed_xml", {"p": {"@lang": "en", "b": "you", "#text": "Hi"}})],
        ),
        Example(input={"input_xml": "no tags"}, output=[], error="has no element"),
        Example(input={"input_xml": "<a><b></a></b>"}, output=[], error="cannot be read"),
        Example(
            title="An entity of one's own",
            input={"input_xml": '<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'},
            output=[],
            error="document type",
        ),
    )

    async def run(self, inputs: Input, context: Context) -> AsyncIterator[Yield]:
        if len(inputs.input_xml) <= _QUICK_CHARS:
            yield "parsed_xml", _parsed(inputs.input_xml, inputs.keep_all)
        else:
            yield "parsed_xml", await asyncio.to_thread(_parsed, inputs.input_xml, inputs.keep_all)


def _parsed(text: str, keep_all: bool) -> Any:
    root = _read(text)
    parsed = _children_of(root, keep_all, 0)
    if not len(root):
        raise BlockFailed("The XML has no element: give at least one tag with its end, like <a>text</a>.")
    return parsed


def _read(text: str) -> Element:
    """Give an element around all of a text's own elements."""
    if len(text) > XML_CHARS_MAX:
        raise BlockFailed(f"The XML has {len(text)} characters; at most {XML_CHARS_MAX} are read.")
    check_bytes(text.count("<") * 40, "The dictionary")
    if _FORBIDDEN.search(_without_cdata(text)):
        raise BlockFailed("The XML declares a document type or an entity, which is refused; take the declaration out.")
    body = _DECLARATION.sub("", text, count=1) if _DECLARATION.match(text) else text
    try:
        return _parse(body)
    except ParseError:
        # It is no strict XML; what it may mean is tried once.
        meant = _BARE.sub(lambda found: "&amp;" if found[0] == "&" else "&lt;", body)
        meant = _PREFIX.sub(r"<\1", meant)
        meant = _SPACED.sub(lambda found: f"<{found[1]}{'_'.join(found[2].split())}>", meant)
    try:
        return _parse(meant)
    except ParseError as error:
        raise BlockFailed(f"The XML cannot be read: {shorten(str(error), 200)}. Each tag needs its end.") from error


def _without_cdata(text: str) -> str:
    """Give what stands outside of CDATA sections. (A pattern would look for the end of each from its start: the square.)"""
    kept, start = [], 0
    while (opened := text.find(_CDATA, start)) >= 0 and (closed := text.find("]]>", opened)) >= 0:
        kept.append(text[start:opened])
        start = closed + len("]]>")
    return "".join([*kept, text[start:]])


def _parse(body: str) -> Element:
    # A parser for a block that few agents have: 20 ms that a worker would pay at its start.
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(f"<all>{body}</all>", forbid_dtd=True)
    except DefusedXmlException as error:
        raise BlockFailed("The XML declares a document type or an entity, which is refused.") from error
    except ValueError as error:
        raise BlockFailed(f"The XML cannot be read: {shorten(str(error), 200)}.") from error
    return root


def _children_of(element: Element, keep_all: bool, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise BlockFailed(f"The XML nests deeper than {DEPTH_MAX} elements.")
    rows = [(_name_of(child.tag), _value_of(child, keep_all, depth)) for child in element]
    if len({name for name, _ in rows}) < len(rows):
        return [{name: value} for name, value in rows]
    return dict(rows)


def _name_of(tag: str) -> str:
    """Give a tag's name, small, without the address of its namespace."""
    return tag.rpartition("}")[2].lower()


def _value_of(element: Element, keep_all: bool, depth: int) -> Any:
    text = (element.text or "").strip()
    inside: Any = _children_of(element, keep_all, depth + 1) if len(element) else text
    if not keep_all:
        return inside
    beside = " ".join(part for part in (text, *((child.tail or "").strip() for child in element)) if part)
    extra: dict[str, Any] = {f"@{_name_of(name)}": value for name, value in element.attrib.items()}
    if not len(element):
        return {**extra, "#text": text} if extra else text
    extra |= {"#text": beside} if beside else {}
    if not extra:
        return inside
    return [extra, *inside] if isinstance(inside, list) else {**extra, **inside}
