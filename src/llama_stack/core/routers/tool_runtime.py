"""The tool runtime router: each tool to the provider of its group, with the arguments of the group."""

from collections.abc import Sequence
from typing import Any

from ...apis.errors import BadRequestError, StackError, UnsupportedError
from ...apis.tool_groups import ToolList
from ...apis.tool_runtime import InsertDocuments, InvokeTool, QueryDocuments, RagResult, ToolInvocation
from ..resolver import Provider
from ..routing_tables.tool_args import given
from ..routing_tables.tool_groups import ToolGroupTable

__all__ = ("RagRouter", "ToolRuntimeRouter")


class ToolRuntimeRouter:
    """Implements the ToolRuntime API."""

    def __init__(self, table: ToolGroupTable) -> None:
        self._table = table

    async def list_runtime_tools(self, tool_group_id: str | None = None) -> ToolList:
        return await self._table.list_tools(tool_group_id)

    async def invoke_tool(self, request: InvokeTool) -> ToolInvocation:
        """What a tool answers, its failure included, for a model to read. A mistake of the caller's is raised."""
        (provider, group), tool = await self._table.find_tool(request.tool_name)
        asked = InvokeTool(tool_name=tool.name, kwargs=given(group, tool, request.kwargs))
        try:
            answer: ToolInvocation = await provider.impl.invoke_tool(asked)
        except BadRequestError:
            raise
        except StackError as error:
            return ToolInvocation(error_message=error.message, error_code=error.status)
        return answer


class RagRouter:
    """Implements the RagTool API with the first provider that has it."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = providers

    async def insert_documents(self, request: InsertDocuments) -> None:
        await self._method("insert_documents")(request)

    async def query_documents(self, request: QueryDocuments) -> RagResult:
        result: RagResult = await self._method("query_documents")(request)
        return result

    def _method(self, name: str) -> Any:
        for provider in self._providers:
            if method := provider.method(name):
                return method
        raise UnsupportedError("no provider of the tool_runtime API has the RAG tool: configure inline::rag-runtime")
