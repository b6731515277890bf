"""Tests of the nouns and the rules: graphs, pins, values, states, errors."""
