"""Who runs which tool: groups by name, and the index of their tools."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from ...apis.common import Deleted
from ...apis.errors import BadRequestError, NotFoundError, UnavailableError
from ...apis.tool_groups import RegisterToolGroup, ToolDef, ToolGroup, ToolGroupList, ToolList
from ..resolver import Provider
from ..storage.kvstore import KVStore
from .common import Place, RoutingTable

__all__ = ("ToolGroupTable",)


class ToolGroupTable(RoutingTable[ToolGroup]):
    """Implements the ToolGroups API. What tools a group has is its provider's word, asked for when it is needed."""

    def __init__(self, providers: Iterable[Provider], store: KVStore, declared: Sequence[RegisterToolGroup]) -> None:
        super().__init__(ToolGroup, providers, store)
        self.declare(self._group(each).model_copy(update={"source": "config"}) for each in declared)

    # ---- the ToolGroups API

    async def list_tool_groups(self) -> ToolGroupList:
        return ToolGroupList(data=await self.all())

    async def get_tool_group(self, toolgroup_id: str) -> ToolGroup:
        return await self.get(toolgroup_id)

    async def register_tool_group(self, request: RegisterToolGroup) -> ToolGroup:
        group = self._group(request)
        await self._tools(self.provider(group.provider_id), group)  # a provider that knows no such group says so now
        return await self.register(group)

    async def unregister_tool_group(self, toolgroup_id: str) -> Deleted:
        await self.unregister(toolgroup_id)
        return Deleted(id=toolgroup_id, object="tool_group")

    async def list_tools(self, toolgroup_id: str | None = None) -> ToolList:
        groups = await self.all() if toolgroup_id is None else [await self.get(toolgroup_id)]
        places = [await self.find(group.identifier) for group in groups]
        return ToolList(data=[tool for provider, group in places for tool in await self._tools(provider, group)])

    async def get_tool(self, tool_name: str) -> ToolDef:
        return (await self.find_tool(tool_name))[1]

    # ---- for the router

    async def find_tool(self, name: str) -> tuple[Place[ToolGroup], ToolDef]:
        """Who runs a tool; `group/tool` says which of two of that name. Raises `NotFoundError` with the nearest."""
        known: dict[str, tuple[Place[ToolGroup], ToolDef]] = {}
        for group in await self.all():
            place = await self.find(group.identifier)
            for tool in await self._tools(*place):
                known.setdefault(tool.name, (place, tool))
                known[f"{group.identifier}/{tool.name}"] = place, tool
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or [tool for tool in known if "/" not in tool]
        hint = f"did you mean {' or '.join(map(repr, near[:5]))}?" if near else "no group has any tools"
        raise NotFoundError(f"tool {name!r} not found; {hint}", param="tool_name")

    async def _tools(self, provider: Provider, group: ToolGroup) -> list[ToolDef]:
        if provider.problem is not None:
            raise UnavailableError(f"{provider.provider_id} cannot run here: {provider.problem}")
        listed: ToolList = await provider.impl.list_runtime_tools(group.provider_resource_id)
        return [tool.model_copy(update={"toolgroup_id": group.identifier}) for tool in listed.data]

    def _group(self, request: RegisterToolGroup) -> ToolGroup:
        fields: dict[str, Any] = request.model_dump(include={"mcp_endpoint", "args"})
        return ToolGroup(
            identifier=request.toolgroup_id,
            provider_id=request.provider_id or self._only_provider(request),
            provider_resource_id=request.toolgroup_id,
            **fields,
        )

    def _only_provider(self, request: RegisterToolGroup) -> str:
        if len(self.providers) == 1:
            return next(iter(self.providers))
        known = ", ".join(self.providers) or "none"
        raise BadRequestError(
            f"say which provider runs {request.toolgroup_id!r}; configured: {known}", param="provider_id"
        )
