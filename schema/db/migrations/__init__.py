"""Migrations: how the tables came to be; run by `schema.db.migrate`."""
