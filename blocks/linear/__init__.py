"""What the blocks for Linear share: how its GraphQL API is asked, and what is asked of issues and projects; they are no blocks."""
