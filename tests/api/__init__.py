"""Tests of the API: real HTTP to a real server on real PostgreSQL and Temporal."""
