"""What the blocks for Todoist share: operations that change something, and lists that are read to their ends."""
