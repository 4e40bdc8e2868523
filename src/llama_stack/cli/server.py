"""Commands that ask a server: which one, and what they say when it does not answer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .command import Failure

if TYPE_CHECKING:
    from .chat.connection import Connection

__all__ = ("address", "server", "url_option")

url_option = click.option(
    "--url",
    envvar="LLAMA_STACK_URL",
    metavar="URL",
    help="The server. [LLAMA_STACK_URL, else http://localhost:8321, or the port in LLAMA_STACK_PORT]",
)


def address(url: str | None) -> str:
    """Where the server is, as people may write it: without a scheme, with `/v1` behind."""
    url = url or f"http://localhost:{os.environ.get('LLAMA_STACK_PORT') or 8321}"
    return (url if "://" in url else f"http://{url}").rstrip("/").removesuffix("/v1")


@contextmanager
def server(url: str | None) -> Iterator["Connection"]:
    """A connection to it. Errors are told in one line."""
    from ..apis.errors import StackError, UpstreamError
    from .chat.connection import Connection

    with Connection.to_server(address(url)) as connection:
        try:
            yield connection
        except StackError as error:
            away = isinstance(error, UpstreamError) and error.code == "upstream_unreachable"
            what = f"no server answers at {connection.place}; start one with `llama stack run`"
            raise Failure(what if away else " ".join(error.message.split())) from None
