"""How well it does what it learned: `python -m training.chat.evaluate MODEL.gguf --count 300 [--show 3]`.

Each dialogue has names, values and wordings that were never learned, and goes through the provider that serves the
model: llama.cpp renders the chat template, parses calls and holds answers to schemas.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_stack import AsyncLlamaStackAsLibraryClient

from .dialogue import Dialogue
from .mixture import SHARES, make
from .skills.passages import from_stories, from_unseen_stories, in_several_turns

__all__ = ("evaluate",)

SEED = 77
AT_ONCE = 4
ONLY_TESTED = (in_several_turns, from_stories, from_unseen_stories)


@dataclass
class Outcome:
    dialogue: Dialogue
    said: str
    right: bool
    exact: bool  # the very answer that was expected, letter for letter
    ended: bool


async def evaluate(path: Path, count: int, only: str, seed: int) -> dict[str, list[Outcome]]:
    os.environ["LLAMA_MODEL"] = str(path)
    facts = make(seed, testing=True)
    skills = [skill for skill in (*SHARES, *ONLY_TESTED) if only in skill.__name__]
    asked = [skill(facts) for skill in skills for _ in range(count)]
    free = asyncio.Semaphore(AT_ONCE)
    async with await AsyncLlamaStackAsLibraryClient.create("inference=llama-cpp") as client:

        async def one(dialogue: Dialogue) -> Outcome:
            async with free:
                return await _outcome(client, f"llama-cpp/{path.stem}", dialogue)

        outcomes = await asyncio.gather(*map(one, asked))
    by_skill: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_skill[outcome.dialogue.skill].append(outcome)
    return by_skill


async def _outcome(client: Any, model: str, dialogue: Dialogue) -> Outcome:
    extra: dict[str, Any] = {"tools": dialogue.tools} if dialogue.tools else {}
    if dialogue.schema:
        schema = {"name": "answer", "schema": dialogue.schema}
        extra["response_format"] = {"type": "json_schema", "json_schema": schema}
    answer = await client.inference.post_chat_completion(model=model, messages=dialogue.asked, max_tokens=300, **extra)
    choice = answer.choices[0]
    said = choice.message.content or ""
    calls = [(call.function.name, call.function.arguments) for call in choice.message.tool_calls or ()]
    right, exact = _judged(dialogue, said, calls)
    return Outcome(dialogue, said or str(calls), right, exact, choice.finish_reason in ("stop", "tool_calls"))


def _judged(dialogue: Dialogue, said: str, calls: list[tuple[str, str]]) -> tuple[bool, bool]:
    """Right: the call as expected, or each thing that the answer must hold."""
    if wanted := dialogue.answer.get("tool_calls"):
        function = wanted[0]["function"]
        right = len(calls) == 1 and calls[0][0] == function["name"] and _same(calls[0][1], function["arguments"])
        return right, right
    expected = dialogue.answer["content"]
    if dialogue.schema:
        right = not calls and _same(said, expected)
        return right, right
    exact = said == expected and not calls
    holds = not calls and all(each.lower() in said.lower() for each in dialogue.holds)
    return exact if dialogue.exact else holds, exact


def _same(one: str, other: str) -> bool:
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


def _print(by_skill: dict[str, list[Outcome]], show: int) -> None:
    say: Callable[[str], int] = sys.stdout.write
    say("| skill | dialogues | right | letter for letter | ends its turn |\n| --- | --- | --- | --- | --- |\n")
    for skill, outcomes in by_skill.items():
        shares = [_share([getattr(each, what) for each in outcomes]) for what in ("right", "exact", "ended")]
        say(f"| {skill} | {len(outcomes)} | {' | '.join(shares)} |\n")
    for skill, outcomes in by_skill.items():
        for outcome in [each for each in outcomes if not each.right][:show]:
            last = outcome.dialogue.asked[-1]["content"]
            wanted = outcome.dialogue.answer["content"] or outcome.dialogue.answer["tool_calls"][0]["function"]
            say(f"\n[{skill}] {last[-400:]}\n  wanted: {wanted}\n  said:   {outcome.said[:300]}\n")


def _share(marks: list[bool]) -> str:
    return f"{100 * sum(marks) / len(marks):.1f} %"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--count", type=int, default=300, help="dialogues of each kind")
    parser.add_argument("--only", default="", help="only kinds with this in their name")
    parser.add_argument("--seed", type=int, default=SEED, help="another asks other dialogues")
    parser.add_argument("--show", type=int, default=0, help="mistakes of each kind to show")
    chosen = parser.parse_args()
    _print(asyncio.run(evaluate(chosen.model, chosen.count, chosen.only, chosen.seed)), chosen.show)
