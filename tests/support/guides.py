"""Guides that are run as they stand: their files are written, their commands typed, in the order of the page."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.house.modules import ROOT
from tests.support.command import running

__all__ = ("Reader", "blocks")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.\w+)\n")
_PIP = """\
#!{python}
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.support.packages import install
assert sys.argv[1:3] == ["install", "-e"], sys.argv
install(Path.cwd(), Path({site!r}))
"""


def blocks(guide: str) -> Iterator[tuple[str, str]]:
    """The code of a guide: language and text."""
    for found in _BLOCK.finditer((ROOT / "docs/guides" / guide).read_text()):
        yield found[1], found[2]


class Reader:
    """Somebody who follows a guide in an empty folder. What commands say is kept in `said`.

    `pip install -e` is done by a stand-in that builds the package and lays it out in a folder of its own, so that
    the environment of the tests stays as it is and nothing is downloaded.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.site, bin_ = folder / "site", folder / "bin"
        self.folder.mkdir()
        bin_.mkdir()
        pip = bin_ / "pip"
        pip.write_text(_PIP.format(python=sys.executable, root=str(ROOT), site=str(self.site)))
        pip.chmod(0o755)
        path = f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.env = {"HOME": str(folder), "PATH": path, "COLUMNS": "120", "PYTHONPATH": str(self.site)}
        self.said = ""

    def follow(self, language: str, text: str) -> None:
        """Do what a block shows."""
        if language == "sh":
            for line in text.splitlines():
                self.type(line)
        elif named := _FILE.match(text):
            file = self.folder / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        else:
            raise AssertionError(f"nobody could tell what to do with this block: {text}")

    def type(self, line: str) -> None:
        """A command; one that serves is ended once it answers."""
        words = shlex.split(line)
        if words[0] == "cd":
            self.folder /= words[1]
        elif words[:3] == ["llama", "stack", "run"]:
            with running(*words[3:], "--port", "0", env=self.env, cwd=self.folder) as (_, banner, _):
                self.said += banner
        else:
            ran = subprocess.run(
                ["bash", "-c", line], cwd=self.folder, env=self.env, capture_output=True, text=True, check=False
            )
            assert ran.returncode == 0, f"{line}\n{ran.stdout}{ran.stderr}"
            self.said += ran.stdout
