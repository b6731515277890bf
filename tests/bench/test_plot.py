"""Plots: scales, and SVG that a reader of XML takes."""

from __future__ import annotations

import pytest
from defusedxml import ElementTree

from bench.plot import Scale, beside, curves, seconds_text


def test_a_scale_goes_from_power_to_power():
    scale = Scale.around([0.02, 3.0], 100, 0)
    assert scale.ticks() == [0.01, 0.1, 1.0, 10.0]
    assert [scale.at(value) for value in (0.01, 10.0)] == pytest.approx([100, 0])


def test_a_scale_of_one_value_has_room():
    scale = Scale.around([1.0], 0, 10)
    assert scale.ticks() == [1.0, 10.0]


def test_columns_are_as_many_as_were_measured():
    svg = beside("Title & more", ["W1", "W2"], {"a": {"W1": 0.1, "W2": 1.0}, "b": {"W1": 0.2}}, {"W1": 0.05})
    root = ElementTree.fromstring(svg)
    titles = [one.text for one in root.iter() if one.tag.endswith("title")]
    assert titles == ["a, W1: 100 ms", "b, W1: 200 ms", "a, W2: 1 s"]
    assert "Title &amp; more" in svg


def test_a_larger_value_has_a_taller_column():
    svg = beside("t", ["W"], {"a": {"W": 0.1}, "b": {"W": 1.0}}, {})
    heights = [float(r.get("height")) for r in ElementTree.fromstring(svg).iter() if len(r) and r.tag.endswith("rect")]
    assert heights[0] < heights[1]


def test_curves_have_a_line_each():
    svg = curves("t", "nodes", "ms", {"run": [(10, 5.0), (1_000, 70.0)], "list": [(10, 1.0), (1_000, 1.1)]})
    lines = [one for one in ElementTree.fromstring(svg).iter() if one.tag.endswith("polyline")]
    assert len(lines) == 2


def test_times_are_said_as_people_do():
    assert [seconds_text(value) for value in (0.0123, 0.5, 2.0, 1_000)] == ["12.3 ms", "500 ms", "2 s", "1,000 s"]
