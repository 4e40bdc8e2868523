"""Vector stores: what callers say, and what a backend does."""
