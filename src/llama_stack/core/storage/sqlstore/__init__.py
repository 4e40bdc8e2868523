"""Tables, wherever they are kept: a contract, its backends, and the way from a config to one of them."""

from .contract import Row, SqlStore, Statement, UnmetError
from .open import open_sql

__all__ = ("Row", "SqlStore", "Statement", "UnmetError", "open_sql")
