"""What exported agents use of Jinja, and the text that comes of it: the subset that is kept, one row for each."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from blocks.sdk.templates import is_plain, render

VALUES: dict[str, Any] = {
    "name": "Ann",
    "empty": "",
    "zero": 0,
    "no": False,
    "none": None,
    "items": ["a", "b", "c"],
    "rows": [{"title": "One", "tags": ["x", "y"], "count": 2}, {"title": "Two", "tags": [], "count": 1}],
    "person": {"name": "Bob", "age": 42, "items": ["k"]},
    "html": "<b>& 'x'",
    "lines": "one\ntwo\n",
    "long": "The quick brown fox jumps over the lazy dog",
}

#: (template, text, whether it is rendered without a child).
ROWS = [
    # values
    ("{{name}}", "Ann", True),
    ("{{ name }} and {{ person.name }}", "Ann and Bob", True),
    ("{{ person['name'] }} {{ items[0] }} {{ items[-1] }}", "Bob a c", False),
    ("{{ rows[1].title }}", "Two", True),
    ("{{ missing }}|{{ person.missing }}|{{ none }}|{{ zero }}|{{ no }}|{{ empty }}", "||None|0|False|", True),
    ("{{ items }} {{ person }}", "['a', 'b', 'c'] {'name': 'Bob', 'age': 42, 'items': ['k']}", True),
    ("plain text, {single} braces, 100 %", "plain text, {single} braces, 100 %", True),
    ("", "", True),
    # filters
    ("{{ html | safe }}", "<b>& 'x'", True),
    ("{{ html | e }} {{ html | escape }}", "&lt;b&gt;&amp; &#39;x&#39; &lt;b&gt;&amp; &#39;x&#39;", True),
    ("{{ name | upper }} {{ name | lower }} {{ 'a b' | title }} {{ 'ab' | capitalize }}", "ANN ann A B Ab", False),
    ("{{ items | length }} {{ name | length }} {{ person | count }}", "3 3 3", True),
    ("{{ items | join(', ') }} {{ items | join }}", "a, b, c abc", False),
    ("{{ missing | default('x') }} {{ empty | default('y', true) }} {{ none | default('z') }}", "x y None", False),
    ("{{ name | default('x') }}{{ missing | d('q') }}", "Annq", False),
    ("{{ 'a-b' | replace('-', '+') }}", "a+b", False),
    ("{{ person | tojson }}", '{"age": 42, "items": ["k"], "name": "Bob"}', True),
    ("{{ items | tojson(indent=2) }}", '[\n  "a",\n  "b",\n  "c"\n]', False),
    ("{{ '  x ' | trim }}|{{ 'x' | string }}|{{ '3' | int + 1 }}|{{ '1.5' | float }}", "x|x|4|1.5", False),
    ("{{ items | first }}{{ items | last }}{{ items | reverse | join }}", "accba", False),
    ("{{ [3, 1, 2] | sort | join(',') }} {{ [1, 1, 2] | unique | list }}", "1,2,3 [1, 2]", False),
    ("{{ [1, 2, 3] | sum }} {{ 2.567 | round(2) }} {{ -3 | abs }}", "6 2.57 3", False),
    ("{{ rows | map(attribute='title') | join('/') }}", "One/Two", False),
    ("{{ rows | selectattr('tags') | map(attribute='title') | list }}", "['One']", False),
    ("{{ rows | sort(attribute='count') | map(attribute='title') | first }}", "Two", False),
    ("{{ long | truncate(13) }}|{{ long | truncate(13, true) }}", "The quick...|The quick ...", False),
    ("{{ lines | indent(2) }}", "one\n  two\n", False),
    ("{{ 'a b&c' | urlencode }} {{ '<p>x</p>' | striptags }}", "a%20b%26c x", False),
    ("{{ person | dictsort | first }}", "('age', 42)", False),
    ("{{ 'one two' | wordcount }} {{ person | items | length }}", "2 3", False),
    # conditions
    ("{% if name %}yes{% else %}no{% endif %}", "yes", True),
    ("{% if empty %}1{% elif zero %}2{% elif missing %}3{% else %}4{% endif %}", "4", True),
    ("{% if name == 'Ann' and zero < 1 or no %}y{% endif %}", "y", False),
    ("{% if missing is defined %}a{% else %}b{% endif %}{% if none is none %}c{% endif %}", "bc", True),
    ("{% if 'a' in items and 'z' not in items %}in{% endif %}", "in", False),
    ("{{ 'big' if person.age > 40 else 'small' }} {{ missing or name }}", "big Ann", False),
    ("{% if items | length > 2 %}many{% endif %}", "many", False),
    # loops
    ("{% for item in items %}{{ loop.index }}.{{ item }} {% endfor %}", "1.a 2.b 3.c ", False),
    ("{% for item in items %}{{ item }}{% if not loop.last %}, {% endif %}{% endfor %}", "a, b, c", True),
    ("{% for r in rows %}{{ r.title }}:{% for t in r.tags %}{{ t }}{% else %}-{% endfor %};{% endfor %}", "One:xy;Two:-;", True),
    ("{% for k, v in person.items() %}{{ k }}={{ v }} {% endfor %}", "name=Bob age=42 items=['k'] ", True),
    ("{% for i in range(3) %}{{ i }}{% endfor %}", "012", False),
    ("{% for x in items if x != 'b' %}{{ x }}{% endfor %}", "ac", False),
    ("{% for x in missing %}x{% endfor %}.", ".", True),
    # the rest
    ("{% set total = 1 + 2 * 3 %}{{ total }} {{ 7 // 2 }} {{ 7 % 3 }} {{ 'a' ~ 1 }}", "7 3 1 a1", False),
    ("{%- if name -%}  x  {%- endif -%}  ", "x", True),
    ("{# a comment #}x", "x", False),
    ("{% raw %}{{ name }}{% endraw %}", "{{ name }}", False),
    ("{{ name.upper() }} {{ long.split(' ')[1] }} {{ person.get('x', 'none') }}", "ANN quick none", False),
    ("{{ items[1:] }} {{ name[::-1] }}", "['b', 'c'] nnA", False),
    ("{% macro hi(x) %}<{{ x }}>{% endmacro %}{{ hi(name) }}", "<Ann>", False),
    ("{% filter upper %}abc{% endfilter %}{% with a = 1 %}{{ a }}{% endwith %}", "ABC1", False),
    ("{{ items.index }}|{{ person.items }}", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("template", "text", "plain"), ROWS, ids=[row[0][:40] for row in ROWS])
async def test_a_template_of_the_subset_gives_jinjas_text(template: str, text: str | None, plain: bool) -> None:
    assert is_plain(template) is plain
    given = await render(template, VALUES)
    if text is not None:
        assert given == text


async def test_a_key_that_is_also_a_methods_name_is_the_key() -> None:
    assert await render("{{ person.items }}", VALUES) == "['k']"


async def test_many_renders_at_once_each_have_their_own_values() -> None:
    texts = await asyncio.gather(*(render("{{ n ~ '' }}{{ n }}", {"n": number}) for number in range(50)))
    assert texts == [f"{number}{number}" for number in range(50)]
