"""What the blocks for Exa's websets share: what a webset's items are given as; they are no blocks."""
