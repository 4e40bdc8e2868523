"""Packages as users install them: built into a wheel, and laid out with their metadata in a folder of their own."""

import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

__all__ = ("build_wheel", "install", "write_package")


def build_wheel(folder: Path, out: Path) -> Path:
    """The wheel of the project in `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    (wheel,) = out.glob("*.whl")
    return wheel


def install(folder: Path, target: Path) -> None:
    """What an installer does with the project in `folder`, for interpreters that have `target` on PYTHONPATH."""
    wheel = build_wheel(folder, target / "wheels" / folder.name)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)


def write_package(folder: Path, name: str, points: str, files: Mapping[str, str]) -> Path:
    """A project with entry points, in TOML's words, and modules."""
    head = f"""\
        [build-system]
        requires = ["hatchling"]
        build-backend = "hatchling.build"
        [project]
        name = "{name}"
        version = "1.2.3"
        [tool.hatch.build.targets.wheel]
        only-include = {sorted(files)}
        """
    texts = {"pyproject.toml": dedent(head) + dedent(points)} | {path: dedent(text) for path, text in files.items()}
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder
