"""Key-value storage: one contract, several backends."""

from .contract import KVStore

__all__ = ("KVStore",)
