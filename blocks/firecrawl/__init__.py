"""What the blocks for Firecrawl share; it calls nobody."""
