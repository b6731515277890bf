"""What the blocks for Discord share: servers, channels and people as its API gives them; they are no blocks."""
