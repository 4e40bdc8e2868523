"""The base of every part of the run config."""

from pydantic import BaseModel, ConfigDict

__all__ = ("Section",)


class Section(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())
