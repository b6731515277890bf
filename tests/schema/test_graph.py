"""Graph files: what is read is written again unchanged, and what cannot be read is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.errors import UnsupportedFormat
from schema.graph import FORMAT_VERSION, parse_graph, read_graph, write_graph
from schema.limits import LIMITS
from tests.schema.specs import GRAPH_ID, graph_of, link, node

AGENTS = sorted((Path(__file__).parents[1] / "spec" / "agents").glob("*.json"))

# Documents with fields that we do not know, at every level; some of them are names that pydantic or Python uses.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TEXTS, parts, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["title", "model_config", "model_dump", "copy", "every_graph", "json", "_own", "", "graph_id", "webhook", "é x"]
)
UNKNOWN = st.dictionaries(NAMES, JSON, max_size=3)


def extended(known: dict[str, Any], optional: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Give documents with these fields, some of the optional ones, and some that nobody knows."""
    fixed = st.fixed_dictionaries(known, optional=optional)
    return st.tuples(UNKNOWN, fixed).map(lambda pair: {**pair[0], **pair[1]})


IDS = st.uuids().map(str)
NODES = extended(
    {"id": IDS, "block_id": IDS},
    {
        "input_default": st.dictionaries(TEXTS, JSON, max_size=3),
        "metadata": st.dictionaries(TEXTS, JSON, max_size=2),
        "retry": extended({"attempts": st.integers(1, 20)}, {}),
        "timeout_seconds": st.floats(0.1, 100),
        "on_error": st.sampled_from(["route", "continue", "stop", None]),
        "pinned_output": st.none() | st.dictionaries(TEXTS, st.lists(JSON, max_size=2), max_size=2),
        "note": st.none() | TEXTS,
    },
)
LINKS = extended(
    {"id": IDS, "source_id": IDS, "source_name": TEXTS, "sink_id": IDS, "sink_name": TEXTS},
    {"is_static": st.booleans()},
)
PLAIN_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "version": st.integers(0, 1_000),
    "is_active": st.booleans(),
    "description": st.none() | TEXTS,
    "nodes": st.lists(NODES, max_size=3),
    "links": st.lists(LINKS, max_size=3),
    "on_node_error": st.sampled_from(["continue", "fail", "stop", None]),
    "max_node_executions": st.none() | st.integers(1, 1_000),
    "input_schema": JSON,
}
GRAPHS = extended({"id": IDS, "name": TEXTS}, PLAIN_FIELDS)
BUNDLES = extended({"id": IDS, "name": TEXTS}, {**PLAIN_FIELDS, "sub_graphs": st.lists(GRAPHS, max_size=2)})


@pytest.mark.parametrize("path", AGENTS, ids=lambda path: path.stem)
def test_an_agent_of_the_platform_comes_back_unchanged(path: Path) -> None:
    data = path.read_bytes()
    assert write_graph(read_graph(data)) == orjson.loads(data)


@settings(max_examples=150, deadline=None)
@given(BUNDLES)
def test_any_graph_comes_back_unchanged_with_fields_that_nobody_knows(document: dict[str, Any]) -> None:
    written = write_graph(read_graph(orjson.dumps(document)))
    assert written == document
    assert orjson.dumps(written, option=orjson.OPT_SORT_KEYS) == orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def test_nothing_is_added_that_was_not_set() -> None:
    assert write_graph(parse_graph({"id": GRAPH_ID, "name": "g"})) == {"id": GRAPH_ID, "name": "g"}


def test_the_old_name_of_sub_graphs_is_read() -> None:
    inner = {"id": GRAPH_ID, "name": "inner"}
    graph = parse_graph({"id": GRAPH_ID, "name": "g", "subgraphs": [inner]})
    assert [one.name for one in graph.sub_graphs] == ["inner"]


def test_every_graph_is_the_graph_and_those_it_bundles() -> None:
    inner = {"id": GRAPH_ID, "name": "inner", "sub_graphs": [{"id": GRAPH_ID, "name": "innermost"}]}
    graph = parse_graph({"id": GRAPH_ID, "name": "g", "sub_graphs": [inner]})
    assert [one.name for one in graph.every_graph()] == ["g", "inner", "innermost"]


def test_a_node_is_titled_by_its_custom_name() -> None:
    titled = {**node("a"), "metadata": {"customized_name": "Sum"}}
    assert [one.title for one in graph_of([titled, node("b")]).nodes] == ["Sum", None]


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 99, "2", None, 1.5])
def test_a_newer_format_is_refused_with_that_reason(version: Any) -> None:
    with pytest.raises(UnsupportedFormat, match="format version"):
        parse_graph({"id": GRAPH_ID, "name": "g", "format_version": version})


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"null", b'"text"', b"\xff\xfe", b'{"id": NaN}'])
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormat):
        read_graph(data)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": "no uuid"}, "id"),
        ({"name": None}, "name"),
        ({"version": "x"}, "version"),
        ({"version": 2**40}, "version"),
        ({"version": -1}, "version"),
        ({"nodes": None}, "nodes"),
        ({"nodes": [{"id": "n"}]}, "nodes.0.block_id"),
        ({"nodes": [node("a"), {**node("b"), "input_default": []}]}, "nodes.1.input_default"),
        ({"nodes": [{**node("a"), "retry": {"attempts": 0}}]}, "nodes.0.retry.attempts"),
        ({"nodes": [{**node("a"), "timeout_seconds": -1}]}, "nodes.0.timeout_seconds"),
        ({"nodes": [{**node("a"), "on_error": "explode"}]}, "nodes.0.on_error"),
        ({"links": [{**link("a.x > b.y"), "sink_id": 5}]}, "links.0.sink_id"),
        ({"on_node_error": "pray"}, "on_node_error"),
        ({"max_node_executions": 0}, "max_node_executions"),
        ({"sub_graphs": [{"id": GRAPH_ID}]}, "sub_graphs.0.name"),
    ],
)
def test_a_problem_of_form_has_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(UnsupportedFormat) as refused:
        parse_graph({"id": GRAPH_ID, "name": "g", **change})
    assert where in {problem["where"] for problem in refused.value.fields["problems"]}
    assert where in refused.value.message


def test_all_problems_of_form_are_told_at_once() -> None:
    with pytest.raises(UnsupportedFormat) as refused:
        parse_graph({"id": "no uuid", "nodes": [{"id": ""}], "links": 1})
    assert {problem["where"] for problem in refused.value.fields["problems"]} == {
        "id", "name", "nodes.0.id", "nodes.0.block_id", "links",
    }  # fmt: skip


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(UnsupportedFormat, match="bytes"):
        read_graph(b" " * (LIMITS.graph_bytes_max + 1))


@pytest.mark.parametrize("levels", [LIMITS.value_depth_max + 1, 300, 900, 100_000])
def test_endless_nesting_is_refused_and_not_a_crash_at_the_export(levels: int) -> None:
    head = f'{{"id": "{GRAPH_ID}", "name": "g", "unknown": '
    with pytest.raises(UnsupportedFormat):
        read_graph(head + "[" * levels + "]" * levels + "}")
    with pytest.raises(UnsupportedFormat):
        read_graph('{"name": "without an id", "unknown": ' + "[" * levels + "]" * levels + "}")


def test_text_that_cannot_be_kept_is_refused_with_its_place() -> None:
    with pytest.raises(UnsupportedFormat, match=r"nodes\[0\]\.input_default\.x"):
        read_graph(orjson.dumps({"id": GRAPH_ID, "name": "g", "nodes": [node("a", x="a\x00b")]}))
