"""What the Orchestrator is made of: conversations, calls of tools, and the asking; it knows no provider and starts no node."""
