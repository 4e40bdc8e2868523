"""How much each part of the stack says."""

import logging
from collections.abc import Iterator

import pytest

from llama_stack.apis.errors import ConfigError
from llama_stack.cli.logs import set_up_logs
from llama_stack.core.config import LOGGERS, LoggingConfig, RunConfig


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in LOGGERS.values()}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_the_config_sets_levels() -> None:
    set_up_logs(RunConfig(providers={}, logging=LoggingConfig(category_levels={"providers": "debug"})))
    assert logging.getLogger("llama_stack.providers").level == logging.DEBUG


def test_the_environment_comes_before_the_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_STACK_LOGGING", "server=ERROR; all=info,")
    set_up_logs(RunConfig(providers={}, logging=LoggingConfig(category_levels={"server": "debug"})))
    levels = [logging.getLogger(LOGGERS[category]).level for category in ("server", "all")]
    assert levels == [logging.ERROR, logging.INFO]


@pytest.mark.parametrize("wrong", ["servre=info", "server", "server=loud"])
def test_what_is_no_level_of_a_part_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("LLAMA_STACK_LOGGING", wrong)
    with pytest.raises(ConfigError, match=f"{wrong}' is not `part=level`; parts: all, core"):
        set_up_logs(RunConfig(providers={}, logging=LoggingConfig()))
