"""Vector stores in Milvus, on this machine or on a server."""
