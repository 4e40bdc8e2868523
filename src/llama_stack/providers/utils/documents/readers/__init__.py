"""One module for each family of formats: each makes blocks of a file."""
