"""Where a stack keeps what it must remember."""
