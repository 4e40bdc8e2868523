"""The modules of this project as facts: their names, their source, what they import of each other."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

__all__ = ("ROOT", "SRC", "Module", "modules", "packages_imported")

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


@dataclass(frozen=True)
class Module:
    name: str  # "llama_stack.core.stack"; a package goes by its own name
    path: Path

    @cached_property
    def source(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def imports(self) -> set[str]:
        """The modules of this project that it imports, at the top, in functions or for the type checker."""
        return {found for node in ast.walk(self.tree) for found in self._imported(node) if found}

    def _imported(self, node: ast.AST) -> Iterator[str | None]:
        if isinstance(node, ast.Import):
            yield from (_known(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = self._absolute(node)
            # `from ..apis import errors` names a module; `from ..apis.errors import StackError` does not.
            yield from (_known(f"{origin}.{alias.name}") or _known(origin) for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        above = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*above, node.module] if node.module else above)


@cache
def modules() -> dict[str, Module]:
    """Every module of both packages, by name."""
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, path)
    return found


def packages_imported(folder: Path) -> set[str]:
    """The packages that the code below a folder imports from elsewhere."""
    trees = [ast.parse(path.read_text()) for path in folder.rglob("*.py")]
    names = {name for tree in trees for node in ast.walk(tree) for name in _origins(node)}
    return (
        names
        - sys.stdlib_module_names
        - {"benchmarks", "llama_stack", "llama_stack_client", "scripts", "tests", "training"}
    )


def _origins(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module.partition(".")[0]


def _known(name: str) -> str | None:
    return name if name in modules() else None
