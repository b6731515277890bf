"""PostgreSQL: tables, queries, values, migrations; reached from the api and the activities only."""
