"""Forms taken apart, however they arrive."""

import random

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.core.server.multipart import Event, MultipartParser, Part, boundary_of

FORM = (
    b"what stands before is nobody's\r\n"
    b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
    b'--b \t\r\ncontent-disposition: FORM-DATA; name=file; filename="a;b.txt"\r\nContent-Type: text/plain\r\n\r\n'
    b"\r\n--not-b\r\n--\r\n\r\n--b--\r\nand behind neither --b\r\n"
)


def parsed(data: bytes, cuts: list[int]) -> list[Event]:
    parser, events = MultipartParser(b"b"), []
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        events += parser.feed(data[start:stop])
    parser.finish()
    return events


def joined(events: list[Event]) -> list[Event]:
    """Pieces of one part together."""
    out: list[Event] = []
    for event in events:
        if isinstance(event, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += event
        else:
            out.append(event)
    return out


EXPECTED: list[Event] = [
    Part("purpose"),
    b"batch",
    None,
    Part("file", "a;b.txt", "text/plain"),
    b"\r\n--not-b\r\n--\r\n",
    None,
]


def test_a_form_is_taken_apart() -> None:
    assert joined(parsed(FORM, [])) == EXPECTED


def test_it_does_not_matter_where_it_is_cut() -> None:
    assert joined(parsed(FORM, list(range(1, len(FORM))))) == EXPECTED
    chance = random.Random(7)
    for _ in range(200):
        cuts = sorted(chance.sample(range(1, len(FORM)), 5))
        assert joined(parsed(FORM, cuts)) == EXPECTED


def test_a_part_without_bytes_is_there() -> None:
    data = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n--b--'
    assert parsed(data, []) == [Part("x"), None]


def test_no_more_is_kept_than_may_be_a_boundary() -> None:
    parser = MultipartParser(b"b")
    parser.feed(b'--b\r\nContent-Disposition: form-data; name="x"; filename="y"\r\n\r\n')
    assert sum(len(event or b"") for event in parser.feed(b"z" * 100_000)) > 99_990  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no form",
        b"--b\r\n",
        b"--bjunk\r\n",
        b"--b" + b" " * 300,
        b"--b\r\n\r\n\r\n",
        b"--b\r\nContent-Disposition: attachment; name=x\r\n\r\nx\r\n--b--",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b',
        b"--b\r\nX: " + b"x" * 70_000,
    ],
)
def test_what_is_no_form_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError, match="the form cannot be read"):
        parsed(data, [])


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data;charset=utf-8; boundary="a b:c"', b"a b:c"),
    ],
)
def test_the_boundary_is_found(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/mixed; boundary=a", "multipart/form-data"])
def test_any_other_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequestError):
        boundary_of(content_type)
