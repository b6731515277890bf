"""Processes and settings: reads the environment, builds and starts objects; never a rule of the domain."""
