"""Secrets are masked by the names that they go under, and by their values wherever these turn up."""

import base64
import json
import re

import pytest

from llama_stack.core.request_context import RequestContext, current
from llama_stack.distributions import resolve
from llama_stack.providers.utils.transport import UpstreamRequest
from llama_stack.testing import Options
from llama_stack.testing.cassettes.scrub import MASK, Scrubber, caller_secrets, config_secrets, request_secrets

KEY = "sk-0123456789"


def scrubber(*secrets: str, **options: object) -> Scrubber:
    return Scrubber(secrets, Options.model_validate(options))


def test_a_known_value_is_masked_in_every_form_it_is_written_in() -> None:
    clean = scrubber('pass"wörd/1')
    assert clean.text('so pass"wörd/1 it is') == f"so {MASK} it is"
    assert clean.text(json.dumps({"a": 'pass"wörd/1'})) == json.dumps({"a": MASK})
    assert clean.url("http://h/x?q=pass%22w%C3%B6rd%2F1") == f"http://h/x?q={MASK}"


def test_a_placeholder_for_a_key_is_left_alone_in_texts() -> None:
    assert scrubber("none").text("none of them") == "none of them"


def test_fields_that_hold_keys_are_masked_by_name() -> None:
    body = {"client_secret": "x", "apiKey": "y", "nested": [{"access_token": "z", "max_tokens": 3}], "password": None}
    assert scrubber().tree(body) == {
        "client_secret": MASK,
        "apiKey": MASK,
        "nested": [{"access_token": MASK, "max_tokens": 3}],
        "password": None,
    }
    assert scrubber().form("grant_type=password&client_secret=x") == f"grant_type=password&client_secret={MASK}"


def test_a_url_loses_its_login_and_its_keys() -> None:
    url = "https://me:secret@host:8443/v1/x?key=abc&api-version=2&X-Amz-Signature=f&page_token=n&max_tokens=1"
    clean = f"https://host:8443/v1/x?key={MASK}&api-version=2&X-Amz-Signature={MASK}&page_token=n&max_tokens=1"
    assert scrubber().url(url) == clean


@pytest.mark.parametrize("cut", range(1, 26))
def test_a_value_is_found_across_the_frames_of_a_stream(cut: int) -> None:
    whole = f"data: it is {KEY}\n\n".encode()
    frames = scrubber(KEY).frames([whole[:cut], whole[cut:]])
    assert b"".join(frames) == f"data: it is {MASK}\n\n".encode()
    assert len(frames) == 2


def test_frames_without_secrets_stay_as_they_were_read() -> None:
    frames = ["é".encode()[:1], "é".encode()[1:], b"", b"\xff\x00"]
    assert scrubber(KEY).frames(frames) == frames


def test_users_say_what_else_must_not_be_written() -> None:
    assert scrubber(redact=[r"\b\d{3}-\d{4}\b"]).text("call 555-1234") == f"call {MASK}"
    assert scrubber(redact=lambda text: re.sub("Alice", "someone", text)).tree(["Alice"]) == ["someone"]


def test_the_keys_that_a_request_carries_are_found() -> None:
    login = base64.b64encode(b"me:a-password").decode()
    headers = {
        "Authorization": f"Bearer {KEY}",
        "X-Api-Key": "k1",
        "Accept": "text/plain",
        "Proxy-Authorization": f"Basic {login}",
    }
    url = "http://me:url%20login@h/?key=url-key&n=1"
    found = set(request_secrets(UpstreamRequest("POST", url, headers, b'[{"client_secret":"in-body"}]')))
    assert {KEY, "k1", login, "a-password", "url login", "url-key", "in-body"} <= found
    assert "text/plain" not in found


def test_what_a_caller_sent_for_providers_is_secret() -> None:
    token = current.set(RequestContext(provider_data={"groq_api_key": KEY, "more": {"list": ["one", 2]}}))
    try:
        assert set(caller_secrets()) == {KEY, "one"}
    finally:
        current.reset(token)


def test_the_secrets_of_a_config_are_its_secret_fields_its_headers_and_its_logins() -> None:
    network = {"headers": {"authorization": "Bearer a-header-key"}, "proxy": "http://me:proxy%20pass@proxy"}
    entry = {"api_key": KEY, "base_url": "http://host/v1", "network": network}
    providers = [{"provider_id": "up", "provider_type": "remote::vllm", "config": entry}]
    found = config_secrets(resolve({"version": 2, "providers": {"inference": providers}}, {}))
    assert {KEY, "a-header-key", "proxy pass"} <= found
    assert "http://host/v1" not in found
