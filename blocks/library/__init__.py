"""The blocks that come with Drystone, found by discovery; they never know one another."""
