"""Vector stores on servers."""
