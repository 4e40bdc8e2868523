"""The rows that get a page, and where it is."""

from functools import cache
from pathlib import Path

from llama_stack.providers.registry import specs
from llama_stack.providers.spec import ProviderSpec

__all__ = ("DOCS", "FOLDER", "our_specs", "page_of")

DOCS = Path(__file__).parents[2] / "docs"
FOLDER = DOCS / "providers"


@cache
def our_specs() -> dict[str, list[ProviderSpec]]:
    """API → our rows; those of other packages are documented there."""
    ours = {api: [s for s in rows.values() if s.impl.startswith("llama_stack.")] for api, rows in specs().items()}
    return {api: rows for api, rows in ours.items() if rows}


def page_of(spec: ProviderSpec) -> Path:
    """`groq.md`; where two kinds share a name, `inline-x.md` and `remote-x.md`."""
    return FOLDER / spec.api / f"{_names(spec.api)[spec.provider_type]}.md"


@cache
def _names(api: str) -> dict[str, str]:
    short = {s.provider_type: s.provider_type.partition("::")[2].replace("::", "-") for s in our_specs()[api]}
    taken = list(short.values())
    return {kind: name if taken.count(name) == 1 else kind.replace("::", "-") for kind, name in short.items()}
