"""`llama model download`: fetch a model into the hub's cache, and say how to serve it."""

import json
from typing import TYPE_CHECKING

import click

from ..command import Command

if TYPE_CHECKING:
    from .fetch import Fetched

__all__ = ("download",)


@click.command(cls=Command)
@click.argument("name", metavar="NAME")
@click.option("--quantization", metavar="Q", help="Of a GGUF file. [Q4_K_M, or what NAME tells]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def download(name: str, quantization: str | None, as_json: bool) -> None:
    """Fetch a model from the Hugging Face hub.

    \b
    llama model download llama3.2:3b
    llama model download qwen3:8b --quantization Q8_0
    llama model download hf:org/repo/file.gguf
    llama model download all-minilm

    NAME is a name of the catalogue, hf:org/repo, or hf:org/repo/file.gguf. Models that write are
    fetched as GGUF files, for llama.cpp; those that embed as they are. A model that is there
    already is not fetched again. HF_TOKEN is for those that ask for a licence to be accepted.
    """
    import asyncio

    from .fetch import fetch, planned

    fetched = asyncio.run(fetch(planned(name, quantization)))
    click.echo(json.dumps(_as_json(fetched), indent=2) if as_json else _as_text(fetched))


def _as_json(fetched: "Fetched") -> dict[str, object]:
    return {"path": str(fetched.path), "repository": fetched.repository, "file": fetched.file, "use": fetched.use}


def _as_text(fetched: "Fetched") -> str:
    lines = [str(fetched.path)]
    if fetched.use:
        lines += ["", "Serve it:", *(f"  {k}={v} llama stack run starter" for k, v in fetched.use.items())]
    return "\n".join(lines)
