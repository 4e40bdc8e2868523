"""Every page that is made, and what becomes of those that were."""

from pathlib import Path

from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.spec import ProviderSpec
from scripts.docs.provider import configured_by, page
from scripts.docs.rows import DOCS, FOLDER, our_specs, page_of
from scripts.docs.tables import code, fields, table

__all__ = ("expected", "orphans", "write")

HEAD = "<!-- Written by `make docs`: change what it is made from. -->\n"
OURS_END = "<!-- Below this line is written by hand; `make docs` keeps it. -->\n"


def write() -> int:
    """Write what has changed. Returns 1 when there are notes for a provider that is gone."""
    for path, text in expected().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote {_shown(path)}")
    for path in (left := orphans()):
        if notes(path):
            print(f"{_shown(path)} is for a provider that is gone: move its notes elsewhere, then remove it")
        else:
            path.unlink()
            print(f"removed {_shown(path)}")
    return int(any(path.exists() for path in left))


def expected() -> dict[Path, str]:
    """Every page → its text. A page whose provider cannot be loaded here stays as it is."""
    pages = {page_of(spec): spec for rows in our_specs().values() for spec in rows}
    texts = {
        path: f"{HEAD}\n{page(spec)}\n{OURS_END}{notes(path)}" for path, spec in pages.items() if not spec.missing()
    }
    return texts | {FOLDER / "README.md": index(), FOLDER / "network.md": network(), DOCS / "README.md": contents()}


def orphans() -> list[Path]:
    """Pages of providers that are no longer there."""
    known = {page_of(spec) for rows in our_specs().values() for spec in rows}
    return [path for path in sorted(FOLDER.glob("*/*.md")) if path not in known]


def notes(path: Path) -> str:
    """What was written by hand into a page."""
    return path.read_text().partition(OURS_END)[2] if path.exists() else ""


def index() -> str:
    """All providers, API by API."""
    sections = [_listing(api, rows) for api, rows in our_specs().items()]
    lead = (
        "# Providers\n\n"
        "Who can do the work, one page each. `llama stack list-providers` shows them with what they need on your\n"
        "machine; how to add one is told in [add a provider](../guides/add-a-provider.md). How any remote service is\n"
        "reached, through a proxy or with certificates of your own: [network](network.md).\n"
    )
    return "\n".join([HEAD, lead, *sections])


def _listing(api: str, rows: list[ProviderSpec]) -> str:
    lines = [
        (
            f"[{page_of(spec).stem}]({api}/{page_of(spec).name})",
            f"`{spec.provider_type}`",
            spec.summary,
            code(configured_by(spec)),
        )
        for spec in sorted(rows, key=lambda spec: (spec.double, page_of(spec).stem))
    ]
    return (
        f"## {api}\n\n{len(rows)} of them.\n\n{table(('page', 'provider type', 'what it is', 'configured by'), lines)}"
    )


def network() -> str:
    rows = list(fields(NetworkConfig, {}))
    lead = "# network\n\nHow a remote service is reached: part of every remote provider's config.\n"
    return f"{HEAD}\n{lead}\n{table(('field', 'value', 'default', 'meaning'), rows)}"


def contents() -> str:
    """What there is to read."""
    lead = (
        "# Documentation\n\n"
        "The [README](../README.md) is where to begin, [ARCHITECTURE](../ARCHITECTURE.md) the map of the code.\n"
    )
    providers = "## Providers\n\n[Every provider](providers/README.md), with its config and an entry to copy.\n"
    return "\n".join([HEAD, lead, _links("Guides", "guides"), providers, _links("Design notes", "design")])


def _links(title: str, folder: str) -> str:
    pages = sorted((DOCS / folder).glob("*.md"))
    return "\n".join([f"## {title}", "", *(f"- [{_heading(page)}]({folder}/{page.name})" for page in pages), ""])


def _heading(page: Path) -> str:
    return page.read_text().partition("\n")[0].removeprefix("# ")


def _shown(path: Path) -> Path:
    return path.relative_to(DOCS.parent)
