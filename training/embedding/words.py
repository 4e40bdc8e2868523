"""Short made-up texts over the whole vocabulary, so that words that documentation lacks are learned too."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice

__all__ = ("phrases",)

SEED = 20261124
_FRAMES = (
    "how do I {} the {}?",
    "what is the {} of a {}?",
    "why does the {} {} so {}?",
    "where can I find {} for my {}?",
    "which {} is best for {}?",
    "the {} of the {} was {} by {}",
    "{} and {} are both {}",
    "she {} with her {} in the {}",
    "they {} the {} because of {}",
    "a {} {} near the {}",
    "is {} the same as {}?",
    "can a {} {} without {}?",
    "we are {} to {} your {}",
    "this {} is about {} and {}",
)


def phrases(vocabulary: Sequence[str], count: int) -> list[str]:
    """Half of them bare words, half in the frame of a sentence; every word comes up equally often."""
    chance = random.Random(SEED)
    words = _endless([word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 2], chance)
    return [_phrase(words, chance) for _ in range(count)]


def _phrase(words: Iterator[str], chance: random.Random) -> str:
    if chance.random() < 0.5:
        return " ".join(islice(words, chance.randint(2, 7)))
    frame = chance.choice(_FRAMES)
    return frame.format(*islice(words, frame.count("{}")))


def _endless(words: list[str], chance: random.Random) -> Iterator[str]:
    """The words, shuffled anew each time they are used up."""
    while True:
        chance.shuffle(words)
        yield from words
