"""What the blocks for Reddit share: posts, comments and lists of them, as blocks give them."""
