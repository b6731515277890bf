"""Tests of the payload codec: what is sealed for Temporal, and by which key."""
