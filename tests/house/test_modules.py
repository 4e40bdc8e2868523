"""Each module says what it is for, what it offers, and stays small."""

import ast

import pytest

from tests.house.modules import Module, modules

LONGEST = 500  # lines
WRITTEN = [module for module in modules().values() if module.source.strip()]  # a package may be an empty file


@pytest.mark.parametrize("module", WRITTEN, ids=lambda module: module.name)
def test_a_module_opens_with_its_purpose(module: Module) -> None:
    assert ast.get_docstring(module.tree)


@pytest.mark.parametrize("module", WRITTEN, ids=lambda module: module.name)
def test_a_module_names_what_it_offers(module: Module) -> None:
    only_a_docstring = len(module.tree.body) == 1
    assert only_a_docstring or module.name.endswith(".__main__") or "\n__all__ = " in module.source


@pytest.mark.parametrize("module", WRITTEN, ids=lambda module: module.name)
def test_a_module_can_be_read_in_one_sitting(module: Module) -> None:
    assert len(module.source.splitlines()) <= LONGEST
