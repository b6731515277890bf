"""Benchmarks: our runs beside a Temporal workflow written by hand, on one embedded stack; never part of the product."""
