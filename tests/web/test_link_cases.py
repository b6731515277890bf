"""The table by which the web app's rule for links is tested is that of the engine."""

from tests.web.link_cases import TABLE, written


def test_the_table_of_links_is_what_the_engine_does() -> None:
    assert TABLE.read_bytes() == written(), "run `python -m tests.web.link_cases`"
