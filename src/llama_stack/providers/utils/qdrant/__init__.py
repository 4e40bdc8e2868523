"""Vector stores in Qdrant, on this machine or on a server."""
