"""What lies beside the code: the lock, the change notes, and nothing that only one workplace knows."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.modules import ROOT

# Each is written so that this file does not match itself.
PRIVATE = re.compile(
    r"p[y]pi\.org|python[h]osted|registry\.n[p]mjs|deb\.d[e]bian\.org"  # a registry is for the installer to choose
    r"|/[w]ork/|/[o]pt/(pypi|wheels)|/[r]oot/|\.\./[s]hared"
)
KINDS = "added|changed|deprecated|fixed|removed|security"


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
    unmet = [str(asked) for asked in requirements() if not any(meets(asked, *pin) for pin in locked)]
    assert unmet == [], "run `make lock`"


def requirements() -> list[Requirement]:
    """What pyproject.toml names: the core, the extras, the groups, and what builds the package."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras, groups = said["project"]["optional-dependencies"], said["dependency-groups"]
    lists = [said["project"]["dependencies"], said["build-system"]["requires"], *extras.values(), *groups.values()]
    names = [line for lines in lists for line in lines if isinstance(line, str) and not line.startswith("llama-stack[")]
    return [Requirement(name) for name in names]


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
