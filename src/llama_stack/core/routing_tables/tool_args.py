"""The arguments that a group of tools gives to its tools."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...apis.errors import BadRequestError
from ...apis.tool_groups import ToolDef, ToolGroup

__all__ = ("given", "refuse_unknown", "shown")


def given(group: ToolGroup, tool: ToolDef, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """A call's arguments: the caller's, over those of the group that this tool takes."""
    takes = _properties(tool)
    return {name: value for name, value in (group.args or {}).items() if name in takes} | dict(kwargs)


def shown(group: ToolGroup, tool: ToolDef) -> ToolDef:
    """A tool as callers see it: what its group gives is not asked of them."""
    schema, preset = tool.input_schema, group.args or {}
    if schema and preset:
        rest = {name: rule for name, rule in _properties(tool).items() if name not in preset}
        needed = [name for name in schema.get("required", ()) if name not in preset]
        schema = {**schema, "properties": rest, "required": needed}
    return tool.model_copy(update={"toolgroup_id": group.identifier, "input_schema": schema})


def refuse_unknown(group: ToolGroup, tools: Iterable[ToolDef]) -> None:
    """Raise `BadRequestError` for an argument that none of the group's tools takes."""
    taken = {name: None for tool in tools for name in _properties(tool)}
    for name in group.args or {}:
        if name not in taken:
            message = f"args.{name}: no tool of {group.identifier!r} takes it; they take {', '.join(taken)}"
            raise BadRequestError(message, param=f"args.{name}")


def _properties(tool: ToolDef) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = (tool.input_schema or {}).get("properties", {})
    return properties
