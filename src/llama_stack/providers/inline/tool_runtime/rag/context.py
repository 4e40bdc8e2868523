"""What was found, as text for a model: plain substitution, whole chunks, within a budget of tokens."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from .....apis.chunks import EmbeddedChunk
from .....apis.errors import BadRequestError

__all__ = ("check_template", "citation", "framed", "prompt_of", "rendered", "text_of")

_PLACEHOLDER = re.compile(r"\{(index|chunk\.content|metadata)\}")
_LOOKS_LIKE_ONE = re.compile(r"\{[A-Za-z_][\w.]*\}")
_MESSAGES = re.compile(r"\{\{\s*messages\s*\}\}")
_NAMED = re.compile(r"\{\{\s*[A-Za-z_][\w.]*\s*\}\}|\{%.*?%\}", re.DOTALL)  # what a template engine would act on
_LONGEST_ECHO = 500  # characters of a query that are repeated
_PLACE = ("page", "last_page", "slide", "last_slide", "sheet", "headings", "title")
Found = tuple[EmbeddedChunk, float, str]  # with its score, and the store it is in


def check_template(template: str) -> None:
    """Raises `BadRequestError` for one that does not show the chunk, or has a placeholder that nothing fills."""
    unknown = [word for word in _LOOKS_LIKE_ONE.findall(template) if not _PLACEHOLDER.fullmatch(word)]
    if unknown:
        known = "{index}, {chunk.content} and {metadata}"
        raise BadRequestError(f"chunk_template: {unknown[0]} is unknown; there are {known}", param="query_config")
    if "{chunk.content}" not in template:
        raise BadRequestError("chunk_template: {chunk.content} is missing", param="query_config")


def prompt_of(template: str, text: str) -> str:
    """The template with a text for {{messages}}. Raises `BadRequestError` for one that lacks it, or wants more."""
    unknown = [found for found in _NAMED.findall(template) if not _MESSAGES.fullmatch(found)]
    if unknown:
        message = f"template: {unknown[0]} is unknown; there is {{{{messages}}}}, and all else is plain text"
        raise BadRequestError(message, param="query_config")
    if not _MESSAGES.search(template):
        raise BadRequestError("template: {{messages}} is missing, where the texts go", param="query_config")
    return _MESSAGES.sub(lambda _: text, template)


def framed(query: str, texts: Sequence[str], left_out: int) -> list[str]:
    """Something to read in any case: a model that gets nothing invents."""
    echo = query if len(query) <= _LONGEST_ECHO else f"{query[:_LONGEST_ECHO]}…"
    if not texts:
        nothing = "Nothing that fits into the context was found" if left_out else "Nothing was found"
        return [f'{nothing} for "{echo}".\n']
    head = f"{len(texts)} passages were found. Say which of them an answer rests on, by their number.\n"
    return [head, *texts, f'That is all that was found for "{echo}".\n']


def rendered(
    found: Sequence[Found], template: str, budget: int, count: Callable[[Sequence[str]], list[int]]
) -> tuple[list[str], int]:
    """The texts of the first chunks that fit into `budget` tokens, and how many tokens they have."""
    texts = [_filled(template, at, chunk) for at, (chunk, _, _) in enumerate(found, start=1)]
    kept: list[str] = []
    used = 0
    for text, tokens in zip(texts, count(texts), strict=True):
        if used + tokens > budget:
            break
        kept.append(text)
        used += tokens
    return kept, used


def _filled(template: str, index: int, chunk: EmbeddedChunk) -> str:
    values = {
        "index": str(index),
        "chunk.content": text_of(chunk.content),
        "metadata": json.dumps(chunk.metadata, ensure_ascii=False, default=str),
    }
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def citation(found: Found, index: int) -> dict[str, Any]:
    """Where a result is from: its file or document, and its place there."""
    chunk, score, store_id = found
    facts, place = chunk.chunk_metadata, chunk.metadata
    return {
        "index": index,
        "vector_store_id": store_id,
        "file_id": facts.document_id,
        "filename": facts.source,
        "chunk_id": chunk.chunk_id,
        "score": score,
        **{name: place[name] for name in _PLACE if name in place},
    }


def text_of(content: Any) -> str:
    """The texts of a content: itself, or those of its items."""
    items = content if isinstance(content, list) else [content]
    texts = [item if isinstance(item, str) else getattr(item, "text", "") for item in items]
    return "\n".join(text for text in texts if text)
