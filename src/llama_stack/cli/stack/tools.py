"""`llama stack tools`: which tools a server has, and running one."""

import json
from typing import TYPE_CHECKING, Any

import click

from ..command import Failure, Group, Mistake
from ..server import server, url_option

if TYPE_CHECKING:
    from ...apis.tool_groups import ToolDef

__all__ = ("tools",)


@click.group(cls=Group)
def tools() -> None:
    """See which tools a server has, and run one.

    \b
    llama stack tools list
    llama stack tools invoke knowledge_search query=ice vector_store_ids='["vs"]'
    """


@tools.command("list")
@url_option
@click.option("--group", metavar="GROUP", help="Only the tools of this group.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with each tool's schema.")
def list_(url: str | None, group: str | None, as_json: bool) -> None:
    """List tools, and the arguments they take.

    \b
    llama stack tools list --group builtin::rag
    """
    from ..text import columns

    with server(url) as there:
        found = there.run(there.client.tool_runtime.list_runtime_tools(tool_group_id=group))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif not found.data:
        click.echo("No tools.")
    else:
        rows = [(tool.name, tool.toolgroup_id or "", _arguments(tool)) for tool in found.data]
        click.echo("\n".join(columns(rows, heading=("TOOL", "GROUP", "ARGUMENTS (* required)"))))


@tools.command()
@click.argument("tool")
@click.argument("arguments", nargs=-1, metavar="[NAME=VALUE …]")
@url_option
@click.option("--json", "as_json", is_flag=True, help="Print the whole result as JSON.")
def invoke(tool: str, arguments: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Run a tool.

    \b
    llama stack tools invoke knowledge_search query=ice vector_store_ids='["vs"]'

    A VALUE that is a JSON list, object, number, true or false is taken as that, and as text otherwise;
    '"42"' is the text 42.
    """
    kwargs = dict(map(_argument, arguments))
    with server(url) as there:
        result = there.run(there.client.tool_runtime.invoke_tool(tool_name=tool, kwargs=kwargs))
    if as_json:
        click.echo(result.model_dump_json(indent=2))
    elif result.error_message is not None:
        raise Failure(f"{tool} failed: {result.error_message}")
    else:
        click.echo(_text(result.content).rstrip("\n"))


def _argument(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise Mistake(f"{text!r} is no argument: write NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _arguments(tool: "ToolDef") -> str:
    schema = tool.input_schema or {}
    needed = schema.get("required", ())
    return ", ".join(f"{name}*" if name in needed else name for name in schema.get("properties", {}))


def _text(content: Any) -> str:
    """What can be read of a content."""
    items = content if isinstance(content, list) else [content or ""]
    return "".join(item if isinstance(item, str) else getattr(item, "text", "[an image]\n") for item in items)
