"""The house has floors, and imports only go down."""

import pytest

from llama_stack.providers.registry import specs
from tests.house.modules import SRC, modules

# An area's floor; the longest name that fits decides.
FLOORS = {
    "llama_stack": 7,  # the roof: the public names, lazily
    "llama_stack.cli": 6,
    "llama_stack.core.server": 5,
    "llama_stack.core.library_client": 5,
    "llama_stack_client": 5,
    "llama_stack.testing": 5,  # for tests; no lower floor stands on it
    "llama_stack.distributions": 4,
    "llama_stack.core": 3,
    "llama_stack.providers": 2,
    "llama_stack.core.storage": 1,
    "llama_stack.core.jobs": 1,
    "llama_stack.core.telemetry": 1,
    "llama_stack.core.access_control": 1,
    "llama_stack.core.request_context": 1,
    "llama_stack.models": 1,
    "llama_stack.apis": 0,
}
ROOF = {"llama_stack", "llama_stack.core"}  # packages that anyone passes through; neither may import on its own


def area(name: str) -> str:
    """The area of the house that a module is in."""
    return max((a for a in FLOORS if name == a or name.startswith(f"{a}.")), key=len)


@pytest.mark.parametrize("name", modules())
def test_imports_only_go_down(name: str) -> None:
    climbs = [
        f"{name} (floor {FLOORS[area(name)]}) imports {other} (floor {FLOORS[area(other)]})"
        for other in modules()[name].imports - ROOF
        if FLOORS[area(other)] > FLOORS[area(name)]
    ]
    assert not climbs


def test_every_area_has_a_floor() -> None:
    # Left to the roof, a new package could import everything.
    assert [name for name in modules() if area(name) == "llama_stack" and name != "llama_stack"] == []


def test_core_holds_several_floors_so_its_package_stays_empty() -> None:
    assert (SRC / "llama_stack/core/__init__.py").read_text() == ""


def test_below_the_roof_only_the_version_is_taken_from_the_package() -> None:
    takers = [m.name for m in modules().values() if "llama_stack" in m.imports and "import __version__" not in m.source]
    assert takers == []


# What a service's own class is built on, besides providers/utils.
BASES = {"llama_stack.providers.remote.inference.openai_compatible"}
HOMES = {".".join(s.impl.partition(":")[0].split(".")[:5]) for rows in specs().values() for s in rows.values()}


def home(name: str) -> str | None:
    """The provider that a module belongs to."""
    return next((h for h in HOMES if name == h or name.startswith(f"{h}.")), None)


@pytest.mark.parametrize("name", [n for n in modules() if home(n)])
def test_providers_never_import_each_other(name: str) -> None:
    assert {other for other in modules()[name].imports - BASES if home(other) not in (None, home(name))} == set()


def test_provider_code_is_reached_by_its_name_in_the_registry_alone() -> None:
    reached = [
        f"{module.name} imports {other}"
        for module in modules().values()
        if area(module.name) != "llama_stack.providers"
        for other in module.imports
        if home(other)
    ]
    assert reached == []
