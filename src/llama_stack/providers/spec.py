"""A provider, as the registry knows it before any of its code is imported."""

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..apis.errors import UnavailableError

__all__ = ("ProviderSpec",)


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """One row of the registry. `defaults` are config values, in which `${env.X:=…}` works as in a run config."""

    api: str  # "inference"
    provider_type: str  # "remote::groq", "inline::llama-cpp"
    impl: str  # "package.module:Class", imported only when configured
    summary: str = ""  # one sentence for lists and docs
    defaults: dict[str, Any] = field(default_factory=dict)
    requires: tuple[str, ...] = ()  # importable modules it cannot do without
    extra: str | None = None  # the extra of this package that brings them
    pip_packages: tuple[str, ...] = ()  # what to install when there is no extra
    key_env: str | None = None  # the environment variable that configures it
    url_env: str | None = None  # likewise, for services whose address the user chooses
    double: bool = False  # a test double: never part of a distribution unless asked for by name
    facts: object = None  # a row's particulars, for the class that serves many rows

    def missing(self) -> list[str]:
        """The required modules that are not installed. Imports nothing."""
        return [name for name in self.requires if not _is_installed(name)]

    @property
    def install_hint(self) -> str:
        """The exact command that brings what is missing."""
        what = [f"'llama-stack[{self.extra}]'"] if self.extra else self.pip_packages or self.requires
        return f"pip install {' '.join(what)}"

    def load(self) -> type:
        """The provider's class. Raises `UnavailableError` when there is none: a package is missing, its code fails."""
        if missing := self.missing():
            raise UnavailableError(f"{self.provider_type} needs {', '.join(missing)}: {self.install_hint}")
        module, _, name = self.impl.partition(":")
        try:
            cls: type = getattr(import_module(module), name)
        except Exception as error:  # whatever another package's code does, the other providers run without it
            reason = f"{type(error).__name__}: {error}"
            raise UnavailableError(f"{self.provider_type}: {self.impl} cannot be imported ({reason})") from error
        return cls


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package it would be in
        return False
