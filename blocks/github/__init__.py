"""GitHub: what the blocks for it share; a module here is no block and opens no connection itself."""
