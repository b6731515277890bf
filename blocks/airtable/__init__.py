"""What the blocks for Airtable share: a table's fields, and records that have all of them."""
