"""Signature Version 4, held against the vectors of AWS's own test suite ("aws-sig-v4-test-suite")."""

from datetime import UTC, datetime

import pytest

from llama_stack.providers.utils.aws_signing import AwsKeys, host_of, sign

KEYS = AwsKeys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

VECTORS = {
    "get-vanilla": ("GET", "/", {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    "post-vanilla": ("POST", "/", {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    "get-vanilla-query-order-key-case": (
        *("GET", "/?Param2=value2&Param1=value1", {}, b""),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "post-x-www-form-urlencoded": (
        *("POST", "/", FORM, b"Param1=value1"),
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_call_of_the_test_suite_is_signed_as_aws_signs_it(name: str) -> None:
    method, path, headers, body, signature = VECTORS[name]
    url = f"https://example.amazonaws.com{path}"
    added = sign(method, url, headers, body, keys=KEYS, region="us-east-1", service="service", now=NOW)
    names = "content-type;host;x-amz-date" if headers else "host;x-amz-date"
    assert added == {
        "x-amz-date": "20150830T123600Z",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}",
    }


def test_a_session_token_is_sent_and_signed() -> None:
    keys = AwsKeys("AKIDEXAMPLE", KEYS.secret_access_key, "session")
    added = sign("GET", "https://h/", {}, b"", keys=keys, region="r", service="s", now=NOW)
    assert added["x-amz-security-token"] == "session"
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in added["authorization"]


def test_keys_do_not_show_their_secrets() -> None:
    assert "wJalr" not in repr(AwsKeys("AKIDEXAMPLE", "wJalr", "wJalr"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.b:443/x", "a.b"),
        ("http://a.b:8080/x", "a.b:8080"),
        ("https://u@a.b/", "a.b"),
        ("http://[::1]:9/", "[::1]:9"),
    ],
)
def test_the_signed_host_is_the_one_that_is_sent(url: str, host: str) -> None:
    assert host_of(url) == host
