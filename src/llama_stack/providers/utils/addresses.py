"""Other addresses of a service that is already being talked to."""

from urllib.parse import urlsplit

from .relay import Relay

__all__ = ("beside", "origin")


def origin(url: str) -> str:
    """Scheme and host of a URL: where a service has what is not OpenAI's."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def beside(relay: Relay, base_url: str) -> Relay:
    """Another base URL behind the same connections, with the same headers. The first relay closes them."""
    other = Relay(relay.provider_id, base_url, transport=relay.transport)
    other.headers = relay.headers
    return other
