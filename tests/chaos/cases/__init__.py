"""The named cases of the chaos suite, F01 to F48 of the specification: a module for each idea, found by `registry`; none runs here.

A module of this package that has `CASES: tuple[Case, ...]` is found by itself. A case is one coroutine, `run(world) -> CaseResult`:
it gets a `World` (see `world`) that works, does something to it, proves that it did (`result.prove`), notes what it measured
and what was wrong, and gives it back; what it left down or frozen is healed behind it. Then `invariants.check_invariants` judges
everything that was acknowledged meanwhile, by I1 to I9.
"""
