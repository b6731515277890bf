"""What the blocks for Telegram share: methods of its Bot API, as they are called; they are no blocks."""
