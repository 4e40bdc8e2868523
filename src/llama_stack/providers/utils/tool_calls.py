"""Tool calls as OpenAI tells them: an index, an id and a name once, then the arguments as pieces of text."""

import uuid
from typing import Any

import msgspec

__all__ = ("ToolCallMender", "whole_calls")

Call = dict[str, Any]


def whole_calls(calls: list[Call]) -> list[Call]:
    """The calls of a whole message, each with an id, a type, and its arguments as JSON text."""
    for call in calls:
        call["id"] = call.get("id") or _new_id()
        call["type"] = call.get("type") or "function"
        if (function := call.get("function")) is not None:
            function["arguments"] = _text(function.get("arguments")) or "{}"
    return calls


class ToolCallMender:
    """The calls of one streamed choice.

    Services leave out the index, give all calls the same one, say ids and names again as "", send the arguments
    as an object, or several pieces of one call in a chunk; callers put calls together by index and join texts.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []  # of the calls so far, by index
        self._places: dict[int | None, int] = {}  # the service's index → ours, of the call it means now

    def mend(self, pieces: list[Call]) -> list[Call]:
        """The pieces of one chunk, one for each call."""
        told: dict[int, Call] = {}
        for piece in pieces:
            index, is_new = self._place(piece)
            mended = self._first(piece, index) if is_new else _rest(piece, index)
            if index in told:
                _join(told[index], mended)
            else:
                told[index] = mended
        return list(told.values())

    def _place(self, piece: Call) -> tuple[int, bool]:
        """Which call a piece belongs to, and whether it begins that call."""
        place, call_id = piece.get("index"), piece.get("id")
        known = self._places.get(place)
        if known is not None and not self._begins_another(piece, self.ids[known]):
            return known, False
        self.ids.append(call_id or _new_id())
        self._places[place] = len(self.ids) - 1
        return len(self.ids) - 1, True

    def _begins_another(self, piece: Call, current: str) -> bool:
        """A name comes with each call once: under another id, or, where nothing else is told, by itself."""
        if not (piece.get("function") or {}).get("name"):
            return False
        call_id = piece.get("id")
        return call_id != current if call_id else piece.get("index") is None

    def _first(self, piece: Call, index: int) -> Call:
        function = dict(piece.get("function") or {})
        function["arguments"] = _text(function.get("arguments")) or ""
        head = {"index": index, "id": self.ids[index], "type": piece.get("type") or "function"}
        return {**piece, **head, "function": function}


def _rest(piece: Call, index: int) -> Call:
    """A piece after the first: what would be joined to the id, the type and the name is left out."""
    function = dict(piece.get("function") or {})
    function.pop("name", None)
    if "arguments" in function:
        function["arguments"] = _text(function["arguments"]) or ""
    return {"index": index, "function": function}


def _join(call: Call, piece: Call) -> None:
    call["function"]["arguments"] = call["function"].get("arguments", "") + piece["function"].get("arguments", "")


def _text(arguments: Any) -> str | None:
    """Arguments as text: some services send the object itself."""
    return arguments if arguments is None or isinstance(arguments, str) else msgspec.json.encode(arguments).decode()


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
