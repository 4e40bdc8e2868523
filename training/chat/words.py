"""Names, numbers and other values, invented afresh each time.

A value is either for learning or for testing, never both: a checksum of its letters says which. So a test that passes
was not passed by remembering.
"""

from collections.abc import Callable
from random import Random
from zlib import crc32

from .lists import listed, load

__all__ = ("Words",)

_ONSETS, _VOWELS, _CODAS = listed("onsets"), listed("vowels"), listed("codas")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MONTHS, _WEEKDAYS = listed("months"), listed("weekdays")
_TOWNS, _FIRST_NAMES, _SURNAMES = listed("towns"), listed("first_names"), listed("surnames")
_REAL: list[str] = load("values")["names"]
_REAL_SHARE = 0.1  # of the names that are learned
_TESTED = 8  # one value in so many is kept for testing


class Words:
    """Where values come from. `testing` chooses which half of the world."""

    def __init__(self, chance: Random, *, testing: bool) -> None:
        self.chance, self.testing = chance, testing

    def ours(self, value: str) -> bool:
        return (crc32(value.lower().encode()) % _TESTED == 0) is self.testing

    def word(self, syllables: int | None = None) -> str:
        """A word that nobody has heard."""
        while True:
            count = syllables or self.chance.choice((1, 2, 2, 2, 3))
            word = "".join(self._syllable() for _ in range(count))
            if 3 <= len(word) <= 12 and self.ours(word):
                return word

    def name(self) -> str:
        """Mostly one that nobody has heard; some are real ones, some are odd."""
        while True:
            real = not self.testing and self.chance.random() < _REAL_SHARE
            name = self.chance.choice(_REAL) if real else self.chance.choices(_NAMES, _NAME_SHARES)[0](self)
            if self.ours(name):
                return name

    def person(self) -> str:
        pick = self.chance.random()
        if pick < 0.3:
            return self.name()
        if pick < 0.85:
            return f"{self.name()} {self.word().capitalize()}"
        while True:
            person = f"{self.chance.choice(_FIRST_NAMES)} {self.chance.choice(_SURNAMES)}"
            if self.ours(person):
                return person

    def code(self) -> str:
        """Such as XK-482, 7PQ3 or K9.V2."""
        while True:
            parts = [self._run() for _ in range(self.chance.choice((1, 2, 2, 3)))]
            code = self.chance.choice(("-", "-", "", ".", "/", "_")).join(parts)
            if 3 <= len(code) <= 12 and self.ours(code):
                return code

    def number(self, low: int = 2, high: int = 9999) -> int:
        """Small ones as often as large ones. Few numbers are short, so those under a hundred are in both halves."""
        while True:
            top = self.chance.choice([bound for bound in (20, 100, 1000, 10_000, 100_000) if bound <= high] or [high])
            number = self.chance.randint(low, max(low, min(top, high)))
            if number < 100 or self.ours(str(number)):
                return number

    def decimal(self) -> str:
        return f"{self.number(1, 999)}.{self.chance.randint(1, 99)}"

    def year(self) -> int:
        return self.chance.randint(1400, 2080)

    def date(self) -> str:
        day, month, year = self.chance.randint(1, 28), self.chance.choice(_MONTHS), self.year()
        forms = (f"{day} {month}", f"{month} {day}", f"{day} {month} {year}", f"{month} {day}, {year}")
        iso = f"{year}-{_MONTHS.index(month) + 1:02}-{day:02}"
        return self.chance.choice((*forms, iso, iso))

    def weekday(self) -> str:
        return self.chance.choice(_WEEKDAYS)

    def time(self) -> str:
        hour, minute = self.chance.randint(0, 23), self.chance.choice((0, 15, 30, 45, self.chance.randint(0, 59)))
        half = f"{hour % 12 or 12} {'am' if hour < 12 else 'pm'}"
        return self.chance.choice((f"{hour:02}:{minute:02}", f"{hour}:{minute:02}", half))

    def email(self) -> str:
        ending = self.chance.choice(("com", "org", "net", "example", "io"))
        return f"{self.word()}@{self.word()}.{ending}"

    def address(self) -> str:
        ending = self.chance.choice(("com", "org", "dev", "example", "io"))
        return f"{self.chance.choice(('https://', 'https://', 'www.'))}{self.word()}.{ending}/{self.word()}"

    def phone(self) -> str:
        groups = ["".join(str(self.chance.randint(0, 9)) for _ in range(size)) for size in self.chance.choice(_PHONES)]
        return self.chance.choice((" ", "-")).join(groups)

    def phrase(self, most: int = 4) -> str:
        """A few invented words."""
        return " ".join(self.word() for _ in range(self.chance.randint(1, most)))

    def letters(self, low: int, high: int) -> str:
        """As on a keyboard that a cat walked over."""
        return "".join(self.chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(self.chance.randint(low, high)))

    def _syllable(self) -> str:
        return self.chance.choice(_ONSETS) + self.chance.choice(_VOWELS) + self.chance.choice(_CODAS)

    def _run(self) -> str:
        size = self.chance.randint(1, 4)
        if self.chance.random() < 0.5:
            return "".join(self.chance.choice("0123456789") for _ in range(size))
        return "".join(self.chance.choice(_LETTERS) for _ in range(min(size, 3)))


_NAMES: tuple[Callable[[Words], str], ...] = (
    lambda self: self.word().capitalize(),
    lambda self: self.chance.choice(_TOWNS),
    lambda self: self.chance.choice(_FIRST_NAMES),
    lambda self: self.letters(3, 9).capitalize(),
    lambda self: self.letters(2, 5).upper(),
    lambda self: self.word().capitalize() + self.word().capitalize(),
    lambda self: f"{self.word().capitalize()}{self.chance.choice(('-', ' ', ' of '))}{self.word().capitalize()}",
    lambda self: f"{self.word().capitalize()} {self.number(2, 99)}",
)
_NAME_SHARES = (70, 6, 6, 6, 3, 3, 3, 3)
_PHONES = ((3, 4), (3, 3, 4), (4, 6), (2, 3, 2, 2), (5, 3))
