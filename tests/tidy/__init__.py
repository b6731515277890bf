"""Tests that read the code itself; they never run it."""
