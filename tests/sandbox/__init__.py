"""Tests of the code sandbox, its attacks first; none of them needs a server."""
