"""What rerankers that take text only are asked."""

from ...apis.errors import UnsupportedError
from ...apis.inference import RerankRequest
from ...apis.inference.types import ImagePart, TextPart

__all__ = ("text_of", "texts_of")


def texts_of(request: RerankRequest) -> tuple[str, list[str]]:
    """The query and the items. Raises `UnsupportedError` when one is an image."""
    return text_of(request.query), [text_of(item) for item in request.items]


def text_of(item: str | TextPart | ImagePart) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, TextPart):
        return item.text
    raise UnsupportedError("rerank takes text here; images are not supported by this provider")
