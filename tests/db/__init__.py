"""Tests of the tables and queries, on a real PostgreSQL."""
