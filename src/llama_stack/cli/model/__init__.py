"""`llama model`: what is known of models, and fetching them."""

import click

from ..command import Group
from .describe import describe
from .download import download
from .list import list_
from .prompt_format import prompt_format

__all__ = ("model",)


@click.group(cls=Group, name="model", commands=[list_, describe, download, prompt_format])
def model() -> None:
    """Look up models by any of their names, and fetch them.

    \b
    llama model list                    the families there are
    llama model describe llama3.2:3b    its shape, its limits, the memory it takes
    llama model download llama3.2:3b    fetch it, to be served here
    """
