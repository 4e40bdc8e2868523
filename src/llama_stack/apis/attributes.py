"""The APIs as attributes of a stack and of its clients, for editors and type checkers."""

from typing import Any

from . import (
    FileProcessors,
    Files,
    Inference,
    Inspect,
    Jobs,
    Models,
    Providers,
    RagTool,
    ToolGroups,
    ToolRuntime,
    VectorIO,
    VectorStores,
)

__all__ = ("Apis", "SyncApis")


class Apis:
    """Has an attribute for each API that it serves."""

    inference: Inference
    models: Models
    files: Files
    file_processors: FileProcessors
    vector_stores: VectorStores
    vector_io: VectorIO
    tool_groups: ToolGroups
    tool_runtime: ToolRuntime
    rag_tool: RagTool
    jobs: Jobs
    providers: Providers
    inspect: Inspect


class SyncApis:
    """The same for callers that do not await: the methods of each API, without `async`."""

    inference: Any
    models: Any
    files: Any
    file_processors: Any
    vector_stores: Any
    vector_io: Any
    tool_groups: Any
    tool_runtime: Any
    rag_tool: Any
    jobs: Any
    providers: Any
    inspect: Any
