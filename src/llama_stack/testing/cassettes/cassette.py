"""A cassette: answers to requests, each given once and in the order in which it was recorded."""

import threading
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

from ...core.config import RunConfig
from ...providers.config import NetworkConfig
from ...providers.utils.transport import Transport
from ...providers.utils.wrapping import Wrapper
from .errors import CassetteMissError
from .files import append, load
from .interaction import Asked, Interaction
from .matching import Matcher
from .options import Mode, Options
from .scrub import Scrubber, config_secrets
from .transport import CassetteTransport

__all__ = ("Cassette",)

_SHOWN = 8  # differences in a message


class Cassette:
    """One file of interactions. Give it to a stack as its `traffic`.

    The same request asked twice gets the first answer, then the second. What only reads (GET, and what runs in the
    background) may be repeated at will: the last answer is given again. After the last answer to anything else,
    `strict` is an error and `loose` repeats it.

    In mode `record` the file is begun anew. `misses` are the requests that it could not answer.
    """

    def __init__(
        self, path: Path, mode: Mode = "replay", options: Options | None = None, *, how_to_record: str = ""
    ) -> None:
        self.path, self.mode = path, mode
        self.options = options or Options()
        self.how_to_record = how_to_record
        self.misses: list[CassetteMissError] = []
        self._matcher = Matcher(self.options)
        self._lock = threading.Lock()
        self._answers: dict[str, list[Interaction]] = {}
        self._given: Counter[str] = Counter()
        self._last_number = 0
        self._is_open = False

    def open(self, config: RunConfig) -> Wrapper:
        """What a stack's transports go through; the secrets of its config will not be written."""
        scrubber = Scrubber(config_secrets(config), self.options)
        return lambda provider_id, network, transport: self.wrap(provider_id, network, transport, scrubber)

    def wrap(self, provider_id: str, network: NetworkConfig, transport: Transport, scrubber: Scrubber) -> Transport:
        """One transport, recorded or replayed."""
        self._begin()
        return transport if self.mode == "live" else CassetteTransport(self, provider_id, transport, scrubber)

    def unused(self) -> list[Interaction]:
        """The recorded answers that nobody asked for. What only reads does not count: it is read when it suits."""
        self._begin()
        with self._lock:
            left = [answer for key, answers in self._answers.items() for answer in answers[self._given[key] :]]
        return sorted((a for a in left if not self.only_reads(a.asked)), key=lambda answer: answer.number)

    # ---- what its transports do

    def next_number(self) -> int:
        """The place of a request that is sent now."""
        with self._lock:
            self._last_number += 1
            return self._last_number

    def take(self, asked: Asked) -> Interaction | None:
        """The next answer to a request; None when it is to be recorded. Raises `CassetteMissError`."""
        if self.mode == "record":
            return None
        key = self._matcher.key(asked)
        with self._lock:
            answers, place = self._answers.get(key, []), self._given[key]
            if place < len(answers):
                self._given[key] += 1
                return answers[place]
        if answers and (self.only_reads(asked) or self.options.match == "loose"):
            return answers[-1]
        if self.mode == "record-if-missing":
            return None
        raise self._miss(asked, len(answers))

    def add(self, interaction: Interaction) -> None:
        """Keep what was recorded."""
        append(self.path, interaction)
        key = self._matcher.key(interaction.asked)
        with self._lock:
            self._answers.setdefault(key, []).append(interaction)
            self._given[key] += 1

    def only_reads(self, asked: Asked) -> bool:
        """Whether a call is one that providers make when it suits them, as often as they like."""
        return asked.method == "GET" or any(fnmatchcase(asked.path, path) for path in self.options.background)

    # ---- inside

    def _begin(self) -> None:
        with self._lock:
            if self._is_open or self.mode == "live":
                return
            self._is_open = True
            if self.mode == "record":
                self.path.unlink(missing_ok=True)
            for interaction in load(self.path, mend=self.mode == "record-if-missing"):
                self._answers.setdefault(self._matcher.key(interaction.asked), []).append(interaction)
                self._last_number = max(self._last_number, interaction.number)

    def _miss(self, asked: Asked, times: int) -> CassetteMissError:
        recorded = [answer for answers in self._answers.values() for answer in answers]
        lines = [f"{self.path} holds no answer to {asked.line}"]
        if times:
            count = "once" if times == 1 else f"{times} times"
            lines[0] = f"{self.path} answers {asked.line} {count}, and it is asked once more"
        elif near := self._matcher.nearest(asked, recorded):
            lines.append(f"Nearest is number {near[0].number}, {near[0].asked.line}. It differs in")
            lines += [f"  {difference}" for difference in near[1][:_SHOWN]]
            lines += [f"  … and {len(near[1]) - _SHOWN} more"] if len(near[1]) > _SHOWN else []
        else:
            lines.append("It is empty." if self.path.exists() else "There is no such file.")
        if self.how_to_record:
            lines.append(f"To record it: {self.how_to_record}")
        miss = CassetteMissError("\n".join(lines))
        if not self.only_reads(asked):
            self.misses.append(miss)
        return miss
