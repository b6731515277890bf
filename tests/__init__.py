"""Tests of Drystone, grouped by behaviour; they never sleep."""
