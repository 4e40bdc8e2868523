"""Help for tests: ours, and those of applications."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cassettes import (
        Cassette,
        CassetteError,
        CassetteFolder,
        CassetteMissError,
        Options,
        StaleCassetteWarning,
    )
    from .faults import Fault, FaultPlan, Faults, load_faults
    from .traffic import Through, traffic_for

__all__ = (
    "Cassette",
    "CassetteError",
    "CassetteFolder",
    "CassetteMissError",
    "Fault",
    "FaultPlan",
    "Faults",
    "Options",
    "StaleCassetteWarning",
    "Through",
    "load_faults",
    "traffic_for",
)

_HOMES = {
    **dict.fromkeys(("Cassette", "CassetteError", "CassetteFolder", "CassetteMissError"), ".cassettes"),
    **dict.fromkeys(("Options", "StaleCassetteWarning"), ".cassettes"),
    **dict.fromkeys(("Fault", "FaultPlan", "Faults", "load_faults"), ".faults"),
    **dict.fromkeys(("Through", "traffic_for"), ".traffic"),
}


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: pytest loads this package for everybody who has it installed."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
