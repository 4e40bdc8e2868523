"""`llama chat`: talk to a model in the terminal."""

import sys

import click

from ..command import Command, Failure
from ..server import address

__all__ = ("chat",)


@click.command(cls=Command)
@click.argument("prompt", required=False)
@click.option("--url", help="The server to talk to. [http://localhost:8321, or the port in LLAMA_STACK_PORT]")
@click.option("--in-process", metavar="TARGET", help="No server: open a stack here, as `llama stack run TARGET` would.")
@click.option("-m", "--model", envvar="INFERENCE_MODEL", show_envvar=True, help="Otherwise the first one listed.")
@click.option("-s", "--system", metavar="TEXT", help="How the model should behave.")
def chat(prompt: str | None, url: str | None, in_process: str | None, model: str | None, system: str | None) -> None:
    """Talk to a model.

    \b
    llama chat
    llama chat "Why is the sky blue?"
    git diff | llama chat --system "Write a commit message for this diff."
    llama chat --in-process inference=ollama

    With PROMPT, or text on standard input, it answers once and ends. Otherwise you converse:
    /help lists what you can type, Ctrl-C stops an answer, Ctrl-D ends.
    """
    if url and in_process:
        raise click.UsageError("--url and --in-process exclude each other")
    question = _question(prompt)

    from ...apis.errors import UpstreamError
    from .connection import Connection
    from .terminal import answer_once, converse

    connection = Connection.to_stack(in_process) if in_process else Connection.to_server(address(url))
    try:
        with connection:
            conversation = connection.conversation(model, system)
            if question is None:
                converse(connection, conversation)
            else:
                answer_once(connection, conversation, question)
    except UpstreamError as error:
        raise Failure(connection.explain(error)) from None


def _question(prompt: str | None) -> str | None:
    """What to answer once; None for a conversation."""
    if prompt is None and sys.stdin.isatty():
        return None
    text = sys.stdin.read() if prompt is None else prompt
    if not text.strip():
        raise click.UsageError("there is nothing to answer: PROMPT, or standard input, is empty")
    return text
