"""The deterministic side: workflows and their engine; nothing here does I/O."""
