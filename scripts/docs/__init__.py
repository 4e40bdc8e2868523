"""The part of the documentation that is made from the code: docs/providers, and the indexes. `make docs` runs it."""
