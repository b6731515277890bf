"""The effects: what workflows ask for is done here, recorded in the ledger first."""
