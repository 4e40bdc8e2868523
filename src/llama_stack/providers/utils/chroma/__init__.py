"""Vector stores in Chroma, on this machine or on a server."""
