"""Services' refusals, as services write them."""

import json
from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.providers.utils.refusal import refusal


def refused(body: Any, status: int | None = 400, **headers: str) -> UpstreamError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return refusal("groq", raw, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})


OPENAI = {
    "message": "Invalid base64 image_url.",
    "type": "invalid_request_error",
    "param": "x",
    "code": "invalid_base64",
}
SHAPES: dict[str, tuple[Any, str]] = {
    "OpenAI": ({"error": OPENAI}, "Invalid base64 image_url."),
    "Azure": (
        {"error": {"code": "BadRequest", "message": "Invalid image", "param": None, "type": None}},
        "Invalid image",
    ),
    "Google": (
        [{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}],
        "API key not valid.",
    ),
    "Ollama": ({"error": "model 'x' not found"}, "model 'x' not found"),
    "Anthropic": ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded"),
    "watsonx": (
        {"message": "outer", "status": 400, "error": {"message": "inner", "code": "no_images"}},
        "inner",
    ),
    "watsonx, all": ({"errors": [{"code": "x", "message": "no such model"}], "trace": "t"}, "no such model"),
    "FastAPI": ({"detail": "Not Found"}, "Not Found"),
    "FastAPI, validation": (
        {"detail": [{"loc": ["body", "model"], "msg": "Field required"}]},
        '[{"loc":["body","model"],"msg":"Field required"}]',
    ),
    "Spring": ({"status": 500, "error": "Internal Server Error", "message": "out of disk"}, "out of disk"),
    "a flag": ({"error": True, "message": "quota exceeded"}, "quota exceeded"),
    "no error": ({"error": None, "detail": "nothing here"}, "nothing here"),
    "older vLLM": ({"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}, "too long"),
    "a message with parts": ({"error": {"message": {"text": "a", "hint": "b"}}}, '{"text":"a","hint":"b"}'),
    "a string": ("go away", "go away"),
    "text": (b"upstream connect error\n", "upstream connect error"),
    "a page": (
        b"<html>\r\n<head><title>502 Bad Gateway</title><style>b {color: red}</style></head>"
        b"<body><h1>502</h1>nginx</body></html>",
        "502 Bad Gateway 502 nginx",
    ),
    "nothing": (b"", "HTTP 400"),
    "an empty object": ({}, "HTTP 400"),
    "an empty error": ({"error": {}}, "HTTP 400"),
    "not UTF-8": (b"caf\xe9", "caf\ufffd"),
}


@pytest.mark.parametrize(("body", "message"), SHAPES.values(), ids=SHAPES)
def test_its_words_are_found_in_every_shape(body: Any, message: str) -> None:
    error = refused(body)
    assert error.message == message
    assert (error.status, error.provider_id) == (400, "groq")
    assert error.body()["error"]["message"] == message
    assert error.body()["error"]["provider_id"] == "groq"
    assert {"type", "param", "code"} <= error.body()["error"].keys()


def test_openais_own_error_object_is_kept() -> None:
    error = refused({"error": OPENAI | {"secret": "internal"}})
    assert error.body() == {"error": OPENAI | {"provider_id": "groq"}}
    assert error.code == "invalid_base64"


def test_a_page_is_quoted_in_part_only() -> None:
    assert len(refused(b"x" * 10_000).message) == 500
    assert len(refused({"detail": ["y" * 10_000]}).message) == 500


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"message": "m", "code": 429}}, 429),
        ({"error": {"message": "m", "status": 503}}, 503),
        ({"error": {"message": "m", "code": "rate_limited"}}, 502),
        ({"error": {"message": "m", "code": 7}}, 502),
        ({"error": "m"}, 502),
        ({"error": {"code": 500}}, 500),
    ],
)
def test_inside_an_answer_the_error_object_says_the_status(body: Any, status: int) -> None:
    assert refused(body, None).status == status


def test_without_a_status_and_a_word_it_says_so() -> None:
    assert refused({"error": {}}, None).message == "an error without a message"


@pytest.mark.parametrize(("said", "told"), [(404, 404), (429, 429), (500, 500), (201, 502), (101, 502)])
def test_its_status_is_kept_where_it_is_one_of_an_error(said: int, told: int) -> None:
    assert refused({"error": "m"}, said).status == told


def test_the_headers_that_help_a_caller_are_kept() -> None:
    error = refused(
        {"error": "slow down"},
        429,
        Retry_After="7",
        retry_after_ms="6500",
        X_Should_Retry="true",
        X_RateLimit_Remaining="0",
        X_Request_ID="req-theirs",
        Set_Cookie="session=1",
        Server="nginx",
        Content_Length="10",
    )
    assert error.headers == {
        "retry-after": "7",
        "retry-after-ms": "6500",
        "x-should-retry": "true",
        "x-ratelimit-remaining": "0",
        "x-upstream-request-id": "req-theirs",
    }
