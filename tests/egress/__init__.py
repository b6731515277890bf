"""Tests of the guarded way out: each attack is refused, and has been seen to work on a client without the guard."""
