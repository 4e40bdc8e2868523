"""Whatever happens to a document on its way, reading it ends in text or in an error that says so."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.providers.utils.documents.block import Source
from llama_stack.providers.utils.documents.formats import sniffed
from llama_stack.providers.utils.documents.splitting import split
from tests.support.documents import DOCUMENTS

TIMES = 25


def damaged(content: bytes, chance: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(chance.choice([1, 3, 10, 60])):
        at = chance.randrange(len(found) or 1)
        match chance.randrange(3):
            case 0:
                found[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del found[at : at + chance.randrange(1, 40)]
            case _:
                found[at:at] = chance.randbytes(chance.randrange(20))
    return bytes(found)


def damaged_within(content: bytes, chance: random.Random) -> bytes:
    """An archive with one of its parts damaged, or gone."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(out, "w") as copy:
        names = whole.namelist()
        hit, gone = chance.choice(names), chance.random() < 0.2
        for name in names:
            if name != hit:
                copy.writestr(name, whole.read(name))
            elif not gone:
                copy.writestr(name, damaged(whole.read(name), chance))
    return out.getvalue()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_damaged_document_is_read_or_refused(name: str, tmp_path: Path) -> None:
    content, chance = DOCUMENTS[name](), random.Random(name)
    harm = damaged_within if content.startswith(b"PK") else damaged
    (path := tmp_path / name).write_bytes(content)
    assert list(split(sniffed(path, name).read(Source(path, name)).blocks, 100, 20))
    for _ in range(TIMES):
        path.write_bytes(chance.choice([harm, damaged])(content, chance))
        try:
            list(split(sniffed(path, name).read(Source(path, name)).blocks, 100, 20))
        except BadRequestError as error:
            assert name in error.message  # noqa: PT017  # any error but this one fails the test
