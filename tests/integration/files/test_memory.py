"""A large file passes through a server without being in its memory."""

import os
import sys

import pytest

from benchmarks.uploads import measured

MEGABYTES = int(os.environ.get("LLAMA_STACK_TEST_UPLOAD_MEGABYTES", "100"))


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_large_upload_and_its_download_need_little_memory() -> None:
    figures = measured(MEGABYTES)
    assert figures.growth_mb < 30, figures
    assert figures.resident_peak_mb < 150, figures
