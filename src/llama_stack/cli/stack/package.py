"""A package with a provider, made from the templates beside this file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Self

from ... import __version__
from ...core.config import did_you_mean
from ...providers.registry import specs
from ..command import Mistake

__all__ = ("NAME", "ProviderPackage")

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_TAKEN = {"provider", "remote"}  # their config would be called like the one it is made from
_PLACES = {
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
    "init.py.txt": "src/{{module}}/__init__.py",
    "provider.py.txt": "src/{{module}}/provider.py",
    "pyproject.toml.txt": "pyproject.toml",
    "run.yaml.txt": "run.yaml",
    "test_provider.py.txt": "tests/test_provider.py",
}
_SUMMARIES = {"remote": "{title}, a service behind a URL", "inline": "{title}, a model in the process of the stack"}


@dataclass(frozen=True)
class ProviderPackage:
    """The names in a package for one provider."""

    name: str  # "my-service"
    api: str
    kind: str  # "remote" or "inline"

    @classmethod
    def of(cls, name: str, *, api: str, kind: str) -> Self:
        """The package of that name. Raises `Mistake` when there cannot be one."""
        if not NAME.fullmatch(name) or name in _TAKEN:
            message = (
                f"{name!r} is no name for a provider: use small letters, digits and single hyphens, a letter first"
            )
            raise Mistake(f"{message}; {', '.join(sorted(_TAKEN))} are words of the stack")
        if api not in (known := _apis()):
            raise Mistake(f"there is no template for providers of {api!r}{did_you_mean(api, known)}")
        package = cls(name, api, kind)
        if package.provider_type in specs().get(api, {}):
            raise Mistake(f"there is an {api} provider {package.provider_type} already; choose another name")
        return package

    @property
    def package(self) -> str:
        return f"llama-stack-provider-{self.name}"

    @property
    def provider_type(self) -> str:
        return f"{self.kind}::{self.name}"

    def files(self) -> dict[str, str]:
        """Path → text of every file in the package."""
        words = self._words()
        return {_filled(_PLACES[t.name], words): _filled(t.read_text("utf-8"), words) for t in self._templates()}

    def _templates(self) -> Iterator[Traversable]:
        for folder in ("common", f"{self.kind}-{self.api}"):
            yield from (each for each in _folder().joinpath(folder).iterdir() if each.name in _PLACES)

    def _words(self) -> dict[str, str]:
        title = self.name.replace("-", " ").title()
        facts = _folder().joinpath(f"{self.kind}-{self.api}", "facts.txt").read_text("utf-8")
        words = {
            "name": self.name,
            "api": self.api,
            "package": self.package,
            "module": self.package.replace("-", "_"),
            "Class": title.replace(" ", ""),
            "title": title,
            "provider_type": self.provider_type,
            "summary": _SUMMARIES[self.kind].format(title=title),
            "version": __version__,
            "ENV": self.name.replace("-", "_").upper(),
        }
        return words | {"facts": _filled(facts, words)}


def _folder() -> Traversable:
    return files(__package__).joinpath("templates", "provider")


def _apis() -> set[str]:
    """The APIs for whose providers there is a template."""
    return {each.name.partition("-")[2] for each in _folder().iterdir() if each.name != "common"}


def _filled(text: str, words: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: words[found[1]], text)
