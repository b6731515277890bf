"""Tests of the command line as a user meets it, in processes of their own."""
