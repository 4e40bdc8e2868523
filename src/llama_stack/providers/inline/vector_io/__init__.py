"""Vector stores in this process."""
