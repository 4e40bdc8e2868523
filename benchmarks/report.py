"""Figures as a person and as a machine read them: tables on the screen, one JSON file a day in benchmarks/results."""

import datetime
import importlib.metadata
import json
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from statistics import median
from typing import Any

from .load import Measurement

__all__ = ("Rounds", "Summary", "aligned", "known", "number", "ratio_table", "ratios", "save", "summary", "table")

RESULTS = Path(__file__).resolve().parent / "results"

# By job, then by contestant: one measurement per round.
Rounds = Mapping[str, Mapping[str, Sequence[Measurement]]]
Summary = dict[str, Any]

_FIGURES = [one.name for one in fields(Measurement) if one.name != "failures"]
_WHOLE = {"req/s": "requests_per_s", "CPU µs/req": "cpu_us_per_request", "p50 ms": "p50_ms", "p99 ms": "p99_ms"}
_STREAMED = {
    "chunks/s": "chunks_per_s",
    "CPU µs/chunk": "cpu_us_per_chunk",
    "first p50 ms": "first_p50_ms",
    "first p99 ms": "first_p99_ms",
}


def summary(measured: Sequence[Measurement]) -> Summary:
    """The medians of the rounds, how far their rates lie apart, and every failure."""
    failures: Counter[str] = sum((Counter(one.failures) for one in measured), start=Counter())
    return {
        **{name: _rounded(median(getattr(one, name) for one in measured)) for name in _FIGURES},
        "spread": _rounded(_spread(list(map(_rate, measured)))),
        "rounds": len(measured),
        **({"failures": dict(failures)} if failures else {}),
    }


def _spread(rates: Sequence[float]) -> float:
    middle = median(rates)
    return (max(rates) - min(rates)) / middle if middle else 0.0


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def ratios(job: Mapping[str, Sequence[Measurement]], ours: str) -> dict[str, dict[str, float]]:
    """How many times better one contestant is than each other: in rate, in CPU for each piece, and what it adds.

    Each ratio is taken within a round, where both met the same machine, and the median is over the rounds.
    """
    return {
        other: _ratio(job[ours], measured)
        for other, measured in job.items()
        if other != ours and measured and job[ours]
    }


def _ratio(ours: Sequence[Measurement], theirs: Sequence[Measurement]) -> dict[str, float]:
    pairs = list(zip(ours, theirs, strict=False))
    return {
        "rate": _rounded(median(_quotient(_rate(a), _rate(b)) for a, b in pairs)),
        "cpu": _rounded(median(_quotient(_cost(b), _cost(a)) for a, b in pairs)),
        "added_p50_ms": _rounded(median(_latency(a) - _latency(b) for a, b in pairs)),
    }


def _rate(one: Measurement) -> float:
    return one.chunks_per_s or one.requests_per_s


def _cost(one: Measurement) -> float:
    return one.cpu_us_per_chunk or one.cpu_us_per_request


def _latency(one: Measurement) -> float:
    return one.first_p50_ms or one.p50_ms


def _quotient(a: float, b: float) -> float:
    return a / b if b else float("inf")


def table(job: str, measured: Mapping[str, Sequence[Measurement]]) -> str:
    """One job: a line for each contestant."""
    summaries = {name: summary(rounds) for name, rounds in measured.items() if rounds}
    streamed = any(one["chunks_per_s"] for one in summaries.values())
    columns = _STREAMED if streamed else _WHOLE
    rows = [_row(name, one, list(columns.values())) for name, one in summaries.items()]
    return aligned([[job, *columns, "spread", "server", "driver", "others", ""], *rows])


def _row(name: str, one: Summary, columns: Sequence[str]) -> list[str]:
    shares = [f"{one[share]:.0%}" for share in ("spread", "server_busy", "driver_busy", "others_busy")]
    return [name, *(number(one[column]) for column in columns), *shares, _remarks(one)]


def _remarks(one: Summary) -> str:
    found = one.get("failures", {})
    if found:
        return f"! {sum(found.values())} failed: {next(iter(found))[:80]}"
    return "! ends without [DONE]" if one["without_done"] else ""


def ratio_table(found: Mapping[str, Mapping[str, Mapping[str, float]]], ours: str) -> str:
    """By job: how many times the rate, and how many times less CPU, than each other contestant."""
    others = list(dict.fromkeys(other for job in found.values() for other in job if other != "direct"))
    head = [f"{ours}: rate, CPU ×", *others, "added p50"]
    rows = [[name, *(_pair(job.get(other)) for other in others), _added(job)] for name, job in found.items()]
    return aligned([head, *rows])


def _pair(ratio: Mapping[str, float] | None) -> str:
    return f"{ratio['rate']:.3g}, {ratio['cpu']:.3g}" if ratio else "-"


def _added(job: Mapping[str, Mapping[str, float]]) -> str:
    return f"{job['direct']['added_p50_ms']:.2f} ms" if "direct" in job else "-"


def number(value: float) -> str:
    """Enough digits to compare, no more."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows under one another: names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *middle, last = row
        cells = [cell.rjust(width) for cell, width in zip(middle, widths[1:-1], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells, last.rjust(widths[-1]) if last[:1] != "!" else last]))
    return "\n".join(line.rstrip() for line in lines)


def save(section: str, figures: Summary) -> Path:
    """Put the figures into today's file, beside those of the other tools."""
    RESULTS.mkdir(exist_ok=True)
    path = _today()
    path.write_text(
        json.dumps(_read() | {section: {"machine": _machine(), **figures}}, indent=1, ensure_ascii=False) + "\n"
    )
    return path


def known(section: str) -> Summary:
    """What today's file has of a section."""
    found: Summary = _read().get(section, {})
    return found


def _today() -> Path:
    return RESULTS / f"{datetime.datetime.now(tz=datetime.UTC).date()}.json"


def _read() -> Summary:
    found: Summary = json.loads(_today().read_text()) if _today().exists() else {}
    return found


def _machine() -> Summary:
    names = ("aiohttp", "fastapi", "httptools", "llama-stack", "msgspec", "pydantic", "uvicorn", "uvloop")
    return {
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in names},
    }
