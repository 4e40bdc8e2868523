"""Processors of files that run in the stack's own process."""
