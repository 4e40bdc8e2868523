"""Tool groups: tools that belong together, and who runs them."""

from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, computed_field

from .common import Deleted
from .declare import route
from .resource import Resource

__all__ = ("McpEndpoint", "RegisterToolGroup", "ToolDef", "ToolGroup", "ToolGroupList", "ToolGroups", "ToolList")


class McpEndpoint(BaseModel):
    """Where a server speaks the Model Context Protocol."""

    model_config = ConfigDict(extra="forbid")

    uri: str = Field(min_length=1)


class ToolDef(BaseModel):
    """A tool, as a model is told of it."""

    name: str
    toolgroup_id: str | None = None
    description: str | None = None
    input_schema: dict[str, Any] | None = Field(default=None, description="JSON Schema of the arguments")
    output_schema: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None


class ToolGroup(Resource):
    """Tools of one provider, under a name."""

    kind: ClassVar = "tool_group"
    plural: ClassVar = "tool_groups"
    served_by: ClassVar = "tool_runtime"

    mcp_endpoint: McpEndpoint | None = None
    args: dict[str, Any] | None = Field(default=None, description="arguments that every call of its tools gets")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def type(self) -> Literal["tool_group"]:
        return "tool_group"


class ToolGroupList(BaseModel):
    data: list[ToolGroup]


class ToolList(BaseModel):
    data: list[ToolDef]


class RegisterToolGroup(BaseModel):
    """A group to make known."""

    model_config = ConfigDict(extra="forbid")

    toolgroup_id: str = Field(min_length=1, description="`builtin::rag`, `mcp::github`, …")
    provider_id: str | None = Field(default=None, description="may be left out when one provider runs tools")
    mcp_endpoint: McpEndpoint | None = None
    args: dict[str, Any] | None = None


class ToolGroups(Protocol):
    """The tools this stack runs, by group."""

    @route("GET", "/v1/toolgroups")
    async def list_tool_groups(self) -> ToolGroupList:
        """List the groups."""
        ...

    @route("GET", "/v1/toolgroups/{toolgroup_id:path}")
    async def get_tool_group(self, toolgroup_id: str) -> ToolGroup:
        """Read one group."""
        ...

    @route("POST", "/v1/toolgroups")
    async def register_tool_group(self, request: RegisterToolGroup) -> ToolGroup:
        """Make a group known. It survives restarts."""
        ...

    @route("DELETE", "/v1/toolgroups/{toolgroup_id:path}")
    async def unregister_tool_group(self, toolgroup_id: str) -> Deleted:
        """Forget a group that was registered here."""
        ...

    @route("GET", "/v1/tools")
    async def list_tools(self, toolgroup_id: str | None = None) -> ToolList:
        """List the tools of all groups, or of one."""
        ...

    @route("GET", "/v1/tools/{tool_name:path}")
    async def get_tool(self, tool_name: str) -> ToolDef:
        """Read one tool."""
        ...
