"""What a request says beside its body."""

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.core.request_context import NOBODY, RequestContext, current, parse_provider_data


def test_a_callers_key_is_found_by_the_providers_name() -> None:
    context = RequestContext(provider_data={"groq_api_key": "gsk", "empty_api_key": "", "odd_api_key": 7})
    assert context.provider_key("groq") == "gsk"
    assert [context.provider_key(name) for name in ("empty", "odd", "absent")] == [None, None, None]


def test_without_a_request_there_is_nobody() -> None:
    assert current.get() is NOBODY
    assert (NOBODY.request_id, dict(NOBODY.provider_data)) == ("", {})


@pytest.mark.parametrize("header", ['{"groq_api_key": "gsk"}', b'{"groq_api_key": "gsk"}'])
def test_the_header_is_a_json_object(header: str | bytes) -> None:
    assert parse_provider_data(header) == {"groq_api_key": "gsk"}


@pytest.mark.parametrize("header", ["sk-secret", '["sk-secret"]', '"sk-secret"', b'{"k": "sk-secret\xff"}', "", "{"])
def test_another_header_is_refused_without_quoting_it(header: str | bytes) -> None:
    with pytest.raises(BadRequestError, match="X-LlamaStack-Provider-Data must be a JSON object") as caught:
        parse_provider_data(header)
    assert "sk-secret" not in str(caught.value)
