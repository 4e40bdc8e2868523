"""Ready-made stacks, one folder each, and the way from what a user names to a run config."""

from .resolve import ad_hoc, distributions, find, own_file, resolve, run_file
from .spec import EVERY, MEMORY, Distribution

__all__ = ("EVERY", "MEMORY", "Distribution", "ad_hoc", "distributions", "find", "own_file", "resolve", "run_file")
