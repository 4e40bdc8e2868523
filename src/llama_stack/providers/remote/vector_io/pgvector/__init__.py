"""Vector stores in PostgreSQL, with the pgvector extension."""
