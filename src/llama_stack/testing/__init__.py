"""Help for tests: ours, and those of applications."""
