"""llama.cpp's refusals in our words."""

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.providers.inline.inference.llama_cpp.refusals import explained


@pytest.mark.parametrize(
    ("status", "message", "kind", "outcome"),
    [
        (
            400,
            "request (99 tokens) exceeds the available context size (64 tokens), try",
            "x",
            (400, "context_length_exceeded"),
        ),
        (500, "input (99 tokens) is too large to process. increase", "server_error", (400, "context_length_exceeded")),
        (500, "image input is not supported - hint: …", "server_error", (400, None)),
        (501, "This server does not support embeddings", "not_supported_error", (400, "unsupported")),
        (500, "Compute error.", "server_error", (500, None)),
        (400, "Failed to initialize samplers: failed to parse grammar", "invalid_request_error", (400, None)),
    ],
)
def test_refusals_say_whose_mistake_it_is(
    status: int, message: str, kind: str, outcome: tuple[int, str | None]
) -> None:
    refusal = UpstreamError(message, provider_id="llama-cpp", status=status, error={"type": kind})
    error = explained(refusal, "tiny", 64, "messages")
    assert (error.status, error.code) == outcome
