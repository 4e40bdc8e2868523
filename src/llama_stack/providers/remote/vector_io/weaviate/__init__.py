"""Vector stores in Weaviate."""
