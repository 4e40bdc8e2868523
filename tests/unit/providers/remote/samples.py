"""The recorded answers in tests/contract/samples, and the quirks of the services that gave them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_stack.providers.remote.inference.services import SERVICES

__all__ = ("Sample", "samples")

FOLDER = Path(__file__).parents[3] / "contract" / "samples"

QUIRKS = {service.name: service.quirks for service in SERVICES} | {
    "azure": ("heads",),  # these have classes of their own
    "bedrock": ("reasoning", "tool_calls"),
    "watsonx": ("tool_calls",),
}


@dataclass(frozen=True)
class Sample:
    """One answer; `chunks` when it was streamed."""

    name: str
    request: dict[str, Any]
    status: int
    body: Any = None
    chunks: tuple[dict[str, Any], ...] = ()

    @property
    def service(self) -> str:
        return self.name.partition(".")[0]

    @property
    def quirks(self) -> tuple[str, ...]:
        return QUIRKS[self.service]


def samples(*, of: str, streamed: bool | None = None, refused: bool = False) -> list[Sample]:
    """Those of one operation ("chat", "completions", "models", …)."""
    read = [Sample(file.stem, **json.loads(file.read_text())) for file in sorted(FOLDER.glob(f"*.{of}*.json"))]
    return [s for s in read if (s.status >= 400) == refused and streamed in (None, bool(s.chunks))]
