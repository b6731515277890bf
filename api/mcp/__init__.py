"""Agents as tools of an MCP server of ours: which there are, what a call of one comes to; the protocol itself is the SDK's."""
