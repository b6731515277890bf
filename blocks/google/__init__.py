"""What blocks for Google's services share: e-mails, files in Drive, grids of cells, Markdown in documents; they are no blocks."""
