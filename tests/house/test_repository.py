"""What lies beside the code: the lock, the change notes, and nothing that only one workplace knows."""

import re
import subprocess
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.modules import ROOT, packages_imported

# Each is written so that this file does not match itself.
PRIVATE = re.compile(
    r"p[y]pi\.org|python[h]osted|registry\.n[p]mjs|deb\.d[e]bian\.org"  # a registry is for the installer to choose
    r"|/[w]ork/|/[o]pt/(pypi|wheels)|/[r]oot/|\.\./[s]hared"
)
PARTS = {"pydantic_core", "starlette"}  # of pydantic and of FastAPI: installed and versioned with them
KINDS = "added|changed|deprecated|fixed|removed|security"


def requirements(*lists: Iterable[object]) -> list[Requirement]:
    """What pyproject.toml asks for; an extra or a group that names another one adds nothing itself."""
    lines = [line for lines in lists for line in lines if isinstance(line, str)]
    return [Requirement(line) for line in lines if not line.startswith("llama-stack[")]


SAID = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOR_USERS = requirements(SAID["project"]["dependencies"], *SAID["project"]["optional-dependencies"].values())
FOR_US = requirements(SAID["build-system"]["requires"], *SAID["dependency-groups"].values())


def texts() -> dict[Path, str]:
    """Every text file that is tracked, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return {path: path.read_text(errors="ignore") for path in paths if path.is_file()}


def test_no_file_names_a_registry_or_a_place_on_somebodys_machine() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}: {found[0]}"
        for path, text in texts().items()
        for found in PRIVATE.finditer(text)
    ]
    assert named == []


def test_the_lock_holds_all_that_the_project_asks_for() -> None:
    locked = re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    unmet = [str(asked) for asked in [*FOR_USERS, *FOR_US] if not any(meets(asked, *pin) for pin in locked)]
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("folder", ["src", "tests", "benchmarks"])
def test_every_package_that_is_imported_is_asked_for(folder: str) -> None:
    asked = {canonicalize_name(line.name) for line in (FOR_USERS if folder == "src" else FOR_USERS + FOR_US)}
    brought = packages_distributions()
    unasked = {
        name
        for name in packages_imported(ROOT / folder) - PARTS
        if not asked & {canonicalize_name(distribution) for distribution in brought.get(name, [name])}
    }
    assert unasked == set(), "add them to pyproject.toml, then run `make lock`"


def meets(asked: Requirement, name: str, version: str) -> bool:
    return canonicalize_name(asked.name) == name and asked.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("path", sorted((ROOT / "changelog.d").iterdir()), ids=lambda path: path.name)
def test_a_change_note_is_one_paragraph_for_the_user(path: Path) -> None:
    if path.name == "README.md":
        return
    assert re.fullmatch(rf"[a-z0-9-]+\.({KINDS})\.md", path.name)
    text = path.read_text().strip()
    assert text.endswith(".")
    assert "\n\n" not in text
    assert not text.startswith(("#", "-"))
