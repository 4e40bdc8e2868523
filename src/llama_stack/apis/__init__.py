"""The words of the house: every API is a Protocol, declared once. Imports pydantic and msgspec only."""

from .catalogue import Catalogue
from .file_processors import FileProcessors
from .files import Files
from .inference import Inference
from .inspect import Inspect
from .jobs import Jobs
from .models import Models
from .providers import Providers
from .tool_groups import ToolGroups
from .tool_runtime import RagTool, ToolRuntime
from .vector_io.vector_io import VectorIO
from .vector_io.vector_stores import VectorStores

__all__ = (
    "APIS",
    "FileProcessors",
    "Files",
    "Inference",
    "Inspect",
    "Jobs",
    "Models",
    "Providers",
    "RagTool",
    "ToolGroups",
    "ToolRuntime",
    "VectorIO",
    "VectorStores",
)

# The catalogue that server, clients, command line and docs iterate over.
APIS = Catalogue(
    {
        "inference": Inference,
        "models": Models,
        "files": Files,
        "file_processors": FileProcessors,
        "vector_stores": VectorStores,
        "vector_io": VectorIO,
        "tool_groups": ToolGroups,
        "tool_runtime": ToolRuntime,
        "rag_tool": RagTool,
        "jobs": Jobs,
        "providers": Providers,
        "inspect": Inspect,
    }
)
