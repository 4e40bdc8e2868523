"""The rows of services: complete, and true to what they say of themselves."""

import re
from collections import Counter
from datetime import date

import pytest

from llama_stack.core.env import expand
from llama_stack.providers.remote.inference.services import SERVICES, Service
from llama_stack.providers.utils.quirks import QUIRKS

OPERATIONS = {"chat", "completions", "embeddings", "rerank"}
NOT_MENDED_BY_NAME = {"embeddings_usage"}  # vectors are not decoded for it


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service:
    return request.param  # type: ignore[no-any-return]


def test_there_are_enough_of_them() -> None:
    assert len(SERVICES) >= 50


def test_a_row_says_where_its_facts_come_from_and_when_they_were_read(service: Service) -> None:
    assert re.match(r"https://\w", service.source)
    assert date.fromisoformat(service.checked) >= date(2026, 11, 1)


def test_a_row_names_only_what_there_is(service: Service) -> None:
    assert set(service.quirks) <= QUIRKS.keys() | NOT_MENDED_BY_NAME
    assert service.lacks < OPERATIONS


def test_a_row_can_be_configured(service: Service) -> None:
    assert service.base_url or service.url_env
    assert service.key_env or not service.needs_key
    assert not (service.base_url or "").endswith("/")


def test_an_address_is_safe_or_on_this_machine(service: Service) -> None:
    assert service.base_url is None or re.match(r"https://[\w.-]+/?|http://localhost:\d+/", service.base_url)


def test_no_two_rows_share_an_address() -> None:
    addresses = Counter(service.base_url for service in SERVICES if service.base_url)
    assert [address for address, times in addresses.items() if times > 1] == []


def test_an_address_with_a_gap_is_known_once_the_gap_is_filled() -> None:
    cloudflare = next(service for service in SERVICES if service.name == "cloudflare")
    template = cloudflare.spec().defaults["base_url"]
    assert expand(template, {}) == (None, [])
    url, _ = expand(template, {"CLOUDFLARE_ACCOUNT_ID": "abc"})
    assert url == "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1"
