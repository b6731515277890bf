"""The pages in `docs/`, and what they must say."""
