"""The replay corpus: recorded histories of GraphRun, which today's code must repeat command by command; no server is asked."""
