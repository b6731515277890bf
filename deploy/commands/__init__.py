"""The commands of the CLI, a module a noun; each is thin and prints, the work is done elsewhere."""
