"""Searching with a tool, and answering from what it found."""

import json
from collections.abc import Callable

from ..dialogue import Dialogue, assistant, called, system, tool_said, user
from ..facts import Facts
from ..library import LAYOUTS, NOT_THERE, Library
from .tools import other_tools

__all__ = ("from_search",)

_NAMES = ("knowledge_search", "knowledge_search", "file_search", "search", "search_documents", "search_files")
_ABOUT = (
    "Search for information in a database.",
    "Search the documents",
    "Finds passages in the files of the user",
    "Search the knowledge base for an answer",
    "Search the user's files",
    "Looks up what the documents say",
)


def from_search(facts: Facts) -> Dialogue:
    """A question, a search with a tool, its results, the answer; at times another question."""
    chance = facts.chance
    library, name = Library(facts), chance.choice(_NAMES)
    parameters = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    function = {"name": name, "description": chance.choice(_ABOUT), "parameters": parameters}
    offered = [{"type": "function", "function": function}]
    if chance.random() < 0.3:
        offered += other_tools(facts)
        chance.shuffle(offered)
    messages = [system(facts.wording("passage_orders"))] if chance.random() < 0.3 else []
    for _ in range(1 if facts.words.testing else chance.choice((1, 1, 2))):
        question = library.question()
        result = tool_said(_found(library, question.text))
        messages += [user(question.text), called(name, {"query": question.text}), result, assistant(question.answer)]
    skill = "says it is not there" if question.answer == NOT_THERE else "copies from search results"
    return Dialogue(messages, skill, offered, holds=[question.value])


def _found(library: Library, query: str) -> str:
    """As search tools answer; the first is that of this project."""
    results: tuple[Callable[[], str], ...] = (
        lambda: _ours(library.passages, query),
        lambda: _ours(library.passages, query),
        lambda: json.dumps([{"text": text} for text in library.passages], ensure_ascii=False),
        lambda: json.dumps({"results": library.passages}, ensure_ascii=False),
        lambda: json.dumps({"data": [{"score": 0.5, "content": text} for text in library.passages]}),
        lambda: "\n".join(f"[{n}] file-{n}.txt\n{text}" for n, text in enumerate(library.passages, 1)),
        lambda: library.chance.choice(LAYOUTS)(library.passages),
    )
    return library.chance.choice(results)()


def _ours(passages: list[str], query: str) -> str:
    """As the RAG tool of this project answers."""
    head = f"{len(passages)} passages were found. Say which of them an answer rests on, by their number.\n"
    shown = "".join(f"Result {n}\nContent: {text}\nMetadata: {{}}\n" for n, text in enumerate(passages, 1))
    return f'{head}{shown}That is all that was found for "{query}".\n'
