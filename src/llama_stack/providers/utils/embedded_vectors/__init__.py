"""Vector stores in an SQLite file, which is the truth, and in memory, where they are searched."""
