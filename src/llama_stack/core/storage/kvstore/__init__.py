"""Key-value storage: one contract, several backends."""

from .contract import KVStore
from .open import KVReference, open_kv

__all__ = ("KVReference", "KVStore", "open_kv")
