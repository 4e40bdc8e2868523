"""What every test may ask for."""

import signal

import pytest

# Who is started in the background of a shell ignores interrupts, and so would all programs that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
