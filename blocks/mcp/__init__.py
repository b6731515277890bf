"""Tools of MCP servers: asked over streamable HTTP, by the guarded way out and the official SDK; nothing here is a block."""
