"""Integration tests: agent graphs on the real embedded PostgreSQL and Temporal, with workers in the test's own process."""
