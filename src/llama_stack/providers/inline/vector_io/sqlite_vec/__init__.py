"""Vector stores searched by sqlite-vec."""

from .provider import SqliteVec

__all__ = ("SqliteVec",)
