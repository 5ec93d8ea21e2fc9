"""The ledger of all requests, and their log as files."""
