"""Who runs which tool: groups by name, and the index of their tools."""

import asyncio
import difflib
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from ...apis.common import Deleted
from ...apis.errors import BadRequestError, ConfigError, NotFoundError, StackError, UnavailableError
from ...apis.tool_groups import RegisterToolGroup, ToolDef, ToolGroup, ToolGroupList, ToolList
from ..resolver import Provider
from ..storage.kvstore import KVStore
from .common import Place, RoutingTable
from .tool_args import refuse_unknown, shown

__all__ = ("ToolGroupTable",)

log = logging.getLogger(__name__)


class ToolGroupTable(RoutingTable[ToolGroup]):
    """Implements the ToolGroups API. What tools a group has is its provider's word, asked for when it is needed."""

    def __init__(self, providers: Iterable[Provider], store: KVStore, declared: Sequence[RegisterToolGroup]) -> None:
        super().__init__(ToolGroup, providers, store)
        self.declare([self._declared_group(each) for each in declared])

    # ---- the ToolGroups API

    async def list_tool_groups(self) -> ToolGroupList:
        return ToolGroupList(data=await self.all())

    async def get_tool_group(self, toolgroup_id: str) -> ToolGroup:
        return await self.get(toolgroup_id)

    async def register_tool_group(self, request: RegisterToolGroup) -> ToolGroup:
        group = self._group(request)
        # A provider that knows no such group says so now.
        refuse_unknown(group, await self._tools(self.provider(group.provider_id), group))
        return await self.register(group)

    async def unregister_tool_group(self, toolgroup_id: str) -> Deleted:
        await self.unregister(toolgroup_id)
        return Deleted(id=toolgroup_id, object="tool_group")

    async def list_tools(self, toolgroup_id: str | None = None) -> ToolList:
        if toolgroup_id is None:
            return ToolList(data=[shown(place[1], tool) for place, tools in await self._all_tools() for tool in tools])
        provider, group = await self.find(toolgroup_id)
        return ToolList(data=[shown(group, tool) for tool in await self._tools(provider, group)])

    async def get_tool(self, tool_name: str) -> ToolDef:
        (_, group), tool = await self.find_tool(tool_name)
        return shown(group, tool)

    # ---- for the router

    async def find_tool(self, name: str) -> tuple[Place[ToolGroup], ToolDef]:
        """Who runs a tool; `group/tool` says which of two of that name. Raises `NotFoundError` with the nearest."""
        known: dict[str, tuple[Place[ToolGroup], ToolDef]] = {}
        for place, tools in await self._all_tools():
            for tool in tools:
                known.setdefault(tool.name, (place, tool))
                known[f"{place[1].identifier}/{tool.name}"] = place, tool
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or [tool for tool in known if "/" not in tool]
        hint = f"did you mean {' or '.join(map(repr, near[:5]))}?" if near else "no group has any tools"
        raise NotFoundError(f"tool {name!r} not found; {hint}", param="tool_name")

    async def _tools(self, provider: Provider, group: ToolGroup) -> list[ToolDef]:
        if provider.problem is not None:
            raise UnavailableError(f"{provider.provider_id} cannot run here: {provider.problem}")
        listed: ToolList = await provider.impl.list_runtime_tools(group.provider_resource_id)
        return listed.data

    async def _all_tools(self) -> list[tuple[Place[ToolGroup], list[ToolDef]]]:
        """Every group's tools, asked for at once. One whose provider fails hides nobody else's."""
        places = [(self.provider(group.provider_id), group) for group in await self.all()]
        answers = await asyncio.gather(*(self._tools_or_none(*place) for place in places))
        return list(zip(places, answers, strict=True))

    async def _tools_or_none(self, provider: Provider, group: ToolGroup) -> list[ToolDef]:
        try:
            return await self._tools(provider, group)
        except StackError as error:
            log.warning("the tools of %s are not known: %s", group.identifier, error)
            return []

    def _declared_group(self, request: RegisterToolGroup) -> ToolGroup:
        try:
            return self._group(request).model_copy(update={"source": "config"})
        except BadRequestError as error:
            place = f"registered_resources.tool_groups: {request.toolgroup_id}"
            raise ConfigError(f"{place}: {error.message}") from None

    def _group(self, request: RegisterToolGroup) -> ToolGroup:
        fields: dict[str, Any] = request.model_dump(include={"mcp_endpoint", "args"})
        return ToolGroup(
            identifier=request.toolgroup_id,
            provider_id=self._provider_for(request),
            provider_resource_id=request.toolgroup_id,
            **fields,
        )

    def _provider_for(self, request: RegisterToolGroup) -> str:
        """Who runs the tools of a group. An MCP server needs a provider that says `serves_mcp = True`."""
        if request.provider_id:
            _refuse_mcp_elsewhere(request, self.providers.get(request.provider_id))
            return request.provider_id
        fitting = [name for name, each in self.providers.items() if _serves_mcp(each) is bool(request.mcp_endpoint)]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(fitting or self.providers) or "none"
        message = f"say which provider runs {request.toolgroup_id!r}; configured: {known}"
        if request.mcp_endpoint and not fitting:
            message = f"no provider of the tool_runtime API can talk to MCP servers; configured: {known}"
        raise BadRequestError(message, param="provider_id")


def _serves_mcp(provider: Provider) -> bool:
    return getattr(provider.impl, "serves_mcp", False)


def _refuse_mcp_elsewhere(request: RegisterToolGroup, provider: Provider | None) -> None:
    if request.mcp_endpoint and provider and provider.problem is None and not _serves_mcp(provider):
        who = f"{provider.provider_id} ({provider.spec.provider_type})"
        raise BadRequestError(f"{who} has tools of its own and cannot talk to MCP servers", param="mcp_endpoint")
