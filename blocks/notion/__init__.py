"""What the blocks for Notion share: its properties and its blocks of content, as plain values and as Markdown; no block is here."""
