"""What the stack's own code has to say, on stderr."""

import logging
import os

from ..apis.errors import ConfigError
from ..core.config import LOGGERS, LoggingConfig, RunConfig

__all__ = ("set_up_logs",)


def set_up_logs(config: RunConfig) -> None:
    """Warnings of everybody; of the stack's parts what the config says, and LLAMA_STACK_LOGGING=`server=debug,…`."""
    # Not the timestamps of every framework: supervisors and container engines add their own.
    logging.basicConfig(format="%(levelname)-7s %(name)s: %(message)s", level=logging.WARNING)
    for name, level in (config.logging.levels() | _from_environment()).items():
        logging.getLogger(name).setLevel(level)


def _from_environment() -> dict[str, int]:
    pairs = os.environ.get("LLAMA_STACK_LOGGING", "").replace(";", ",").split(",")
    wanted = dict(_pair(pair) for pair in pairs if pair.strip())
    return LoggingConfig.model_validate({"category_levels": wanted}).levels()


def _pair(text: str) -> tuple[str, str]:
    category, _, level = (word.strip().lower() for word in text.partition("="))
    if category not in LOGGERS or level.upper() not in logging.getLevelNamesMapping():
        known = ", ".join(LOGGERS)
        raise ConfigError(f"LLAMA_STACK_LOGGING: {text.strip()!r} is not `part=level`; parts: {known}")
    return category, level
