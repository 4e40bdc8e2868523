"""Vector stores in Elasticsearch."""
