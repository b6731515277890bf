"""Tests of single parts of the worker, without a stack."""
