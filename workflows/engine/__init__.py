"""The pure machine of a run: graph to plan, events to commands; no Temporal, no clock, no I/O."""
