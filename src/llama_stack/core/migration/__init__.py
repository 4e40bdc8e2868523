"""Configs of other programs, and of other times, brought over: a run config, and notes on what it could not take."""

from .litellm import import_litellm
from .notes import Draft, Note
from .read import FORMATS, guess_format, import_file
from .result import Imported
from .run_config import import_run_config
from .secrets import sounds_secret

__all__ = (
    "FORMATS",
    "Draft",
    "Imported",
    "Note",
    "guess_format",
    "import_file",
    "import_litellm",
    "import_run_config",
    "sounds_secret",
)
