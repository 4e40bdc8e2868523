"""Which tool a name means, who runs it, and what outlives a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, ConfigError, ConflictError, NotFoundError, StackError
from llama_stack.apis.tool_groups import McpEndpoint, RegisterToolGroup, ToolDef, ToolList
from llama_stack.apis.tool_runtime import InvokeTool, ToolInvocation
from llama_stack.core.resolver import Provider
from llama_stack.core.routers.tool_runtime import ToolRuntimeRouter
from llama_stack.core.routing_tables.tool_groups import ToolGroupTable
from llama_stack.core.storage.kvstore import KVStore
from llama_stack.core.storage.kvstore.memory import MemoryKV
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio

SCHEMA = {"type": "object", "properties": {"city": {}, "days": {}}, "required": ["city", "days"]}


class Tools:
    """A provider with some tools."""

    def __init__(self, *names: str, serves_mcp: bool = False) -> None:
        self.names, self.serves_mcp = list(names), serves_mcp
        self.called: dict[str, Any] = {}
        self.error: StackError | None = None

    async def list_runtime_tools(self, tool_group_id: str | None = None) -> ToolList:
        if self.error:
            raise self.error
        return ToolList(data=[ToolDef(name=name, input_schema=SCHEMA) for name in self.names])

    async def invoke_tool(self, request: InvokeTool) -> ToolInvocation:
        self.called = request.kwargs
        return ToolInvocation(content=f"{self.names[0]}: {request.tool_name}")


def provider(provider_id: str, impl: Any) -> Provider:
    return Provider("tool_runtime", provider_id, ProviderSpec("tool_runtime", "inline::t", "m:C"), {}, impl=impl)


def group(name: str, provider_id: str | None = None, **more: Any) -> RegisterToolGroup:
    return RegisterToolGroup(toolgroup_id=name, provider_id=provider_id, **more)


@asynccontextmanager
async def table(
    providers: dict[str, Tools], *declared: RegisterToolGroup, store: KVStore | None = None
) -> AsyncIterator[ToolGroupTable]:
    listed = [provider(name, impl) for name, impl in providers.items()]
    async with ToolGroupTable(listed, store or MemoryKV({}), declared=declared) as made:
        yield made


async def run(made: ToolGroupTable, name: str, **kwargs: Any) -> Any:
    return (await ToolRuntimeRouter(made).invoke_tool(InvokeTool(tool_name=name, kwargs=kwargs))).content


async def test_a_tool_goes_by_its_name_and_by_that_of_its_group() -> None:
    async with table({"w": Tools("weather")}, group("builtin::sky", "w")) as made:
        assert await run(made, "weather") == "weather: weather"
        assert await run(made, "builtin::sky/weather") == "weather: weather"
        assert (await made.get_tool("weather")).toolgroup_id == "builtin::sky"


async def test_of_two_groups_with_a_tool_of_that_name_the_first_has_it() -> None:
    async with table({"a": Tools("x"), "b": Tools("y", "x")}, group("one", "a"), group("two", "b")) as made:
        assert await run(made, "x") == "x: x"
        assert await run(made, "two/x") == "y: x"
        assert [tool.name for tool in (await made.list_tools()).data] == ["x", "y", "x"]
        assert [tool.name for tool in (await made.list_tools("two")).data] == ["y", "x"]


async def test_an_unknown_tool_is_told_the_nearest() -> None:
    async with table({"w": Tools("weather")}, group("sky", "w")) as made:
        with pytest.raises(NotFoundError, match="tool 'wether' not found; did you mean 'weather'"):
            await run(made, "wether")
        with pytest.raises(NotFoundError, match="tool_group 'sly' not found; did you mean 'sky'"):
            await made.list_tools("sly")


async def test_a_tool_that_is_new_is_found() -> None:
    tools = Tools("weather")
    async with table({"w": tools}, group("sky", "w")) as made:
        await run(made, "weather")
        tools.names.append("tides")
        assert await run(made, "tides") == "weather: tides"


async def test_a_provider_that_fails_hides_nobody_elses_tools() -> None:
    tools = Tools("weather")
    async with table({"w": tools, "o": Tools("other")}, group("sky", "w"), group("more", "o")) as made:
        tools.error = StackError("away")
        assert [tool.name for tool in (await made.list_tools()).data] == ["other"]
        assert await run(made, "other") == "other: other"
        with pytest.raises(StackError, match="away"):
            await made.list_tools("sky")


async def test_what_is_registered_survives_and_is_seen_by_other_processes() -> None:
    store, tools = MemoryKV({}), {"w": Tools("weather")}
    async with table(tools, store=store) as one, table(tools, store=store) as other:
        assert (await one.register_tool_group(group("sky"))).provider_id == "w"
        assert await run(other, "sky/weather") == "weather: weather"
        await other.unregister_tool_group("sky")
        with pytest.raises(NotFoundError):
            await run(one, "weather")
        await one.register_tool_group(group("sky"))
    async with table(tools, store=store) as again:
        assert [each.identifier for each in (await again.list_tool_groups()).data] == ["sky"]


async def test_what_the_config_declares_stays() -> None:
    async with table({"w": Tools("weather")}, group("sky", "w")) as made:
        with pytest.raises(ConflictError, match="declared in the run config"):
            await made.unregister_tool_group("sky")


async def test_a_group_gives_its_tools_arguments_of_which_callers_need_not_know() -> None:
    tools = Tools("weather")
    async with table({"w": tools}, group("sky", "w", args={"city": "Oslo"})) as made:
        shown = (await made.get_tool("weather")).input_schema
        assert shown == {"type": "object", "properties": {"days": {}}, "required": ["days"]}
        await run(made, "weather", days=3)
        assert tools.called == {"city": "Oslo", "days": 3}
        await run(made, "weather", city="Bergen")
        assert tools.called == {"city": "Bergen"}


async def test_arguments_that_no_tool_takes_are_refused() -> None:
    async with table({"w": Tools("weather")}) as made:
        with pytest.raises(BadRequestError, match=r"args.town: no tool of 'sky' takes it; they take city, days"):
            await made.register_tool_group(group("sky", args={"town": "Oslo"}))


async def test_an_mcp_server_needs_a_provider_that_talks_to_it() -> None:
    endpoint = McpEndpoint(uri="http://localhost:9/mcp")
    async with table({"w": Tools("weather")}) as made:
        with pytest.raises(BadRequestError, match="no provider of the tool_runtime API can talk to MCP"):
            await made.register_tool_group(group("far", mcp_endpoint=endpoint))
        with pytest.raises(BadRequestError, match=r"w \(inline::t\) has tools of its own and cannot talk to MCP"):
            await made.register_tool_group(group("far", "w", mcp_endpoint=endpoint))
    with pytest.raises(ConfigError, match=r"registered_resources\.tool_groups: far: no provider"):
        async with table({"w": Tools("weather")}, group("far", mcp_endpoint=endpoint)):
            pass


async def test_an_mcp_server_goes_to_the_provider_that_talks_to_it() -> None:
    endpoint = McpEndpoint(uri="http://localhost:9/mcp")
    async with table({"w": Tools("weather"), "mcp": Tools("far", serves_mcp=True)}) as made:
        assert (await made.register_tool_group(group("g", mcp_endpoint=endpoint))).provider_id == "mcp"
        assert (await made.register_tool_group(group("sky"))).provider_id == "w"
