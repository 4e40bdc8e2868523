"""The guides on extending the stack, followed to the letter."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.house.modules import ROOT
from tests.support.walkthrough import Step, Walker, steps

GUIDES = ROOT / "docs" / "guides"
PROVIDER = steps(GUIDES / "add-a-provider.md")
SERVICES = Path("src/llama_stack/providers/remote/inference/services")
# A stand-in that builds the package and lays it out in a folder of its own: nothing is downloaded, and the
# environment of the tests stays as it is.
PIP = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.support.packages import install
assert sys.argv[1:3] == ["install", "-e"], sys.argv
install(Path.cwd(), Path({site!r}))
"""


def command(folder: Path, name: str, text: str) -> Path:
    """A command of that name."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return folder


def walker(tmp_path: Path) -> Walker:
    """Somebody in an empty folder, who has a `pip` that installs beside it."""
    site = tmp_path / "site"
    (tmp_path / "work").mkdir()
    bin_ = command(tmp_path / "bin", "pip", PIP.format(python=sys.executable, root=str(ROOT), site=str(site)))
    walker = Walker(tmp_path / "work", {"PYTHONPATH": str(site), "COLUMNS": "100"})
    walker.env["PATH"] = f"{bin_}:{walker._env['PATH']}"
    return walker


def test_a_package_with_a_provider(tmp_path: Path) -> None:
    author = walker(tmp_path)
    begin = next(n for n, step in enumerate(PROVIDER) if "llama stack new" in step.text)
    assert "cd llama-stack-provider-acme" in PROVIDER[begin].text
    author.follow([PROVIDER[begin]])
    author.folder /= "llama-stack-provider-acme"
    author.follow(PROVIDER[begin + 1 :])


def test_a_row_in_this_repository(tmp_path: Path) -> None:
    author = walker(tmp_path)
    for name in ("src", "scripts"):
        shutil.copytree(ROOT / name, author.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    command(tmp_path / "bin", "make", '#!/bin/sh\n[ "$1" = docs ] && exec python -m scripts.docs\n')
    author.env["PYTHONPATH"] = f"{author.folder / 'src'}"
    row, commands = PROVIDER[:2]
    put_into(author.folder / SERVICES / "clouds.py", row)
    author.follow([commands])
    page = (author.folder / "docs/providers/inference/acme.md").read_text()
    assert "\n# Acme Cloud\n" in page
    assert "`ACME_API_KEY`" in page


def put_into(file: Path, row: Step) -> None:
    """Add a row at the end of the tuple that the file ends with."""
    text = file.read_text()
    assert text.endswith("\n)\n")
    file.write_text(text.removesuffix(")\n") + row.text + ")\n")


@pytest.mark.parametrize("guide", ["add-an-api.md", "custom-distributions.md"])
def test_a_guide(guide: str, tmp_path: Path) -> None:
    walker(tmp_path).follow(steps(GUIDES / guide))
