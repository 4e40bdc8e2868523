"""PDF, and nothing else."""

from pathlib import Path

from ....apis.errors import BadRequestError
from ....apis.files import Files
from ....apis.inference import Inference
from ...utils.documents.config import ProcessorConfig
from ...utils.documents.formats import FORMATS, Format, sniffed
from ...utils.documents.processor import Processor

__all__ = ("PyPdf",)


class PyPdf(Processor):
    """Reads PDF through pypdf."""

    def __init__(self, config: ProcessorConfig, files: Files | None = None, inference: Inference | None = None) -> None:
        super().__init__(config, "inline::pypdf", _pdf, files, inference)


def _pdf(path: Path, filename: str, media_type: str | None) -> Format:
    found = sniffed(path, filename, media_type)
    if found is not FORMATS["pdf"]:
        message = f"{filename} is {found.name}, and inline::pypdf reads PDF alone; inline::auto reads both"
        raise BadRequestError(message, code="unsupported_file")
    return found
