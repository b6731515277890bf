"""The agent graphs in `examples/`."""
