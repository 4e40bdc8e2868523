"""Bodies are kept as people read them, and come back as services sent them."""

import json
from typing import Any

import pytest

from llama_stack.testing import Options
from llama_stack.testing.cassettes.bodies import comparable, read_body, request_body, response_body
from llama_stack.testing.cassettes.scrub import Scrubber

PLAIN = Scrubber((), Options())
VALUE = {"id": "é", "n": 1.5e-07, "list": [], "nested": {"a": [1, {"b": None}], "empty": {}}, "text": 'a/b "c" <d>'}


def kept(body: bytes) -> dict[str, Any]:
    return response_body(body, PLAIN)


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("shape", [{"separators": (",", ":")}, {}, {"indent": 2}, {"indent": 4}])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_json_in_every_usual_layout_is_structure_and_comes_back_to_the_byte(
    shape: dict[str, Any], ascii_only: bool, end: bytes
) -> None:
    body = json.dumps(VALUE, ensure_ascii=ascii_only, **shape).encode() + end
    assert kept(body)["json"] == VALUE
    assert read_body(kept(body)) == body


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1,  "b": 2}',  # a layout of its own
        b'{"a":1,"a":2}',
        b'{"a":1.0e-07}',
        b'{"half":"\\ud83d"}',
        b'{"a":NaN}',
        b"[1,2",
        b"<html>\r\nBad gateway</html>",
        b"\xff\xfe\x00",
        b"",
        b"null",
        ("[" * 5000).encode(),
    ],
)
def test_what_is_no_such_json_comes_back_to_the_byte_too(body: bytes) -> None:
    assert "json" not in kept(body)
    assert read_body(kept(body)) == body


def test_json_that_nobody_would_read_is_kept_on_one_line() -> None:
    body = json.dumps({"embedding": [n / 7 for n in range(3000)]}, separators=(",", ":")).encode()
    assert kept(body) == {"text": body.decode()}


def test_a_request_is_kept_as_structure_without_its_layout() -> None:
    assert request_body(b'{"b":  1}', "application/json", PLAIN) == {"json": {"b": 1}}
    assert request_body(None, "", PLAIN) == {}


def test_an_image_in_a_request_is_kept_as_its_checksum() -> None:
    image = "data:image/png;base64," + "A" * 5000
    url = request_body(json.dumps({"url": image, "prompt": "b " * 5000}).encode(), "", PLAIN)["json"]
    assert url["url"].startswith("sha256:")
    assert url["url"].endswith("of 5022 characters")
    assert url["prompt"] == "b " * 5000
    assert request_body(bytes(range(256)) * 9, "audio/wav", PLAIN)["bytes"] == 2304


def test_the_boundary_of_a_form_is_made_up_anew_each_time_and_does_not_count() -> None:
    def form(boundary: str) -> dict[str, Any]:
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--{boundary}--\r\n'
        return request_body(body.encode(), f"multipart/form-data; boundary={boundary}", PLAIN)

    assert form("one") == form("two")


def test_json_counts_as_json_however_it_is_kept() -> None:
    assert comparable({"text": '{"a": 1}'}) == comparable({"json": {"a": 1}}) == {"a": 1}
    assert comparable({"text": "a=1"}) == "a=1"
    assert comparable({}) is None
