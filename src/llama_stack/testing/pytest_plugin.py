"""pytest's fixtures and options for recorded answers; all else is imported when a test asks for it."""

import os
import re
import warnings
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ..core.library_client import AsyncLlamaStackAsLibraryClient, LlamaStackAsLibraryClient
    from .cassettes import Cassette, Mode, Options

__all__ = ("async_llama_stack_client", "cassette", "cassette_options", "llama_stack_client")

MODE_VARIABLE = "LLAMA_STACK_TEST_INFERENCE_MODE"
_STALE = ("warning", "error", "ignored")
_LONGEST_NAME = 120  # characters; file systems allow 255 bytes


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("llama-stack", "recorded answers of services")
    group.addoption(
        "--llama-stack-record", action="store_true", help="record the cassettes of these tests anew, from the services"
    )
    group.addoption(
        "--llama-stack-mode",
        metavar="MODE",
        help=f"live, record, replay or record-if-missing; else ${MODE_VARIABLE} says, else replay",
    )
    parser.addini(
        "llama_stack_stale",
        "what a recorded answer is that no test asks for: warning, error or ignored",
        default="warning",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "cassette(name, *, mode, stale, match, ignore, timing, redact, …): which cassette a test has, and how requests "
        "are compared with it",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two tests of one folder may have the same name; a cassette is one test's, unless it is named."""
    owners: dict[Path, str] = {}
    for item in items:
        if "cassette" in getattr(item, "fixturenames", ()) and not _marked(item).args:
            path = _path(item)
            if owners.setdefault(path, item.nodeid) != item.nodeid:
                both = f"{owners[path]} and {item.nodeid}"
                raise pytest.UsageError(f'{both} would share {path}: give one of them @pytest.mark.cassette("a-name")')


@pytest.fixture(scope="session")
def cassette_options() -> "Options":
    """How requests are compared, and what is written. Override it in your conftest.py."""
    from .cassettes import Options

    return Options()


@pytest.fixture
def cassette(request: pytest.FixtureRequest, cassette_options: "Options") -> "Iterator[Cassette]":
    """The test's cassette, `cassettes/<test name>.yaml` beside its file: give it to a stack as `traffic`."""
    from .cassettes import Cassette, Options

    said = dict(_marked(request.node).kwargs)
    mode = said.pop("mode", None) or _mode(request.config)
    stale = said.pop("stale", None) or request.config.getini("llama_stack_stale")
    options = Options.model_validate(cassette_options.model_dump() | said) if said else cassette_options
    how = f"pytest --llama-stack-record '{request.node.nodeid}'"
    tape = Cassette(_path(request.node), mode, options, how_to_record=how)
    failed_before = request.session.testsfailed
    yield tape
    if request.session.testsfailed == failed_before:
        _report(tape, stale)


@pytest.fixture
def llama_stack_client(cassette: "Cassette") -> "Iterator[Callable[..., LlamaStackAsLibraryClient]]":
    """Makes clients of stacks that answer from the cassette: `llama_stack_client("starter")`. They are closed for you.

    `faults=[…]` makes services fail as well; what else is given goes to `LlamaStackAsLibraryClient`.
    """
    from ..core.library_client import LlamaStackAsLibraryClient

    clients: list[LlamaStackAsLibraryClient] = []

    def make(source: Any, *, faults: Any = None, **options: Any) -> LlamaStackAsLibraryClient:
        clients.append(LlamaStackAsLibraryClient(source, traffic=_traffic(cassette, faults), **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def async_llama_stack_client(cassette: "Cassette") -> "Callable[..., Awaitable[AsyncLlamaStackAsLibraryClient]]":
    """The same for async tests: `async with await async_llama_stack_client("starter") as client`."""
    from ..core.library_client import AsyncLlamaStackAsLibraryClient

    async def make(source: Any, *, faults: Any = None, **options: Any) -> AsyncLlamaStackAsLibraryClient:
        return await AsyncLlamaStackAsLibraryClient.create(source, traffic=_traffic(cassette, faults), **options)

    return make


def _traffic(cassette: "Cassette", faults: Any) -> Any:
    from .faults import Faults
    from .traffic import Through

    return cassette if faults is None else Through(Faults(faults), cassette)


def _mode(config: pytest.Config) -> "Mode":
    from .cassettes import Mode

    if config.getoption("--llama-stack-record"):
        return "record"
    option: Any = config.getoption("--llama-stack-mode")
    mode: Any = option or os.environ.get(MODE_VARIABLE) or "replay"
    if mode not in get_args(Mode):
        where = "--llama-stack-mode" if option else MODE_VARIABLE
        raise pytest.UsageError(f"{where}={mode}: choose one of {', '.join(get_args(Mode))}")
    chosen: Mode = mode
    return chosen


def _marked(item: Any) -> pytest.Mark:
    return item.get_closest_marker("cassette") or pytest.mark.cassette().mark


def _path(item: Any) -> Path:
    """`cassettes/<name>.yaml` beside the test's file."""
    name = next(iter(_marked(item).args), None) or item.name
    file = re.sub(r"[^\w.+=,@\[\]-]+", "_", name)
    if len(file) > _LONGEST_NAME:
        file = f"{file[:_LONGEST_NAME]}-{sha256(name.encode()).hexdigest()[:8]}"
    folder: Path = item.path.parent
    return folder / "cassettes" / f"{file}.yaml"


def _report(cassette: "Cassette", stale: str) -> None:
    """What a test that passed has left: requests that were not answered, and answers that were not asked for."""
    from .cassettes import StaleCassetteWarning

    if cassette.misses:
        first = cassette.misses[0].message
        pytest.fail(
            f"the test passed, but {len(cassette.misses)} of its requests had no answer:\n{first}", pytrace=False
        )
    if stale not in _STALE:
        raise pytest.UsageError(f"llama_stack_stale={stale}: choose one of {', '.join(_STALE)}")
    unused = cassette.unused() if cassette.mode == "replay" and stale != "ignored" else []
    if not unused:
        return
    which = "\n".join(f"  number {each.number}: {each.asked.line}" for each in unused)
    message = f"{cassette.path} holds answers that the test did not ask for:\n{which}\n"
    message += f"Remove them, or record it anew: {cassette.how_to_record}"
    if stale == "error":
        pytest.fail(message, pytrace=False)
    warnings.warn(StaleCassetteWarning(message), stacklevel=2)
