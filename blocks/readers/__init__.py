"""Readers of formats whose parsers cannot be stopped: each file is read in a process of its own, which is ended when it must be."""
