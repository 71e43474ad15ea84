"""Named queries of tenants, keys and tokens."""

from pathlib import Path

from shared.db.named_queries import load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
