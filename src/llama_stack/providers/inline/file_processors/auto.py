"""Documents of any format that the stack knows, each read by what reads it best here."""

from ....apis.files import Files
from ....apis.inference import Inference
from ...utils.documents.config import ProcessorConfig
from ...utils.documents.formats import sniffed
from ...utils.documents.processor import Processor

__all__ = ("Auto",)


class Auto(Processor):
    """Finds out the format by content and name."""

    def __init__(self, config: ProcessorConfig, files: Files | None = None, inference: Inference | None = None) -> None:
        super().__init__(config, "inline::auto", sniffed, files, inference)
