"""Writes the pages that have changed: `python -m scripts.docs`."""

import sys

from scripts.docs.site import write

if __name__ == "__main__":
    sys.exit(write())
