"""How the database is reached, and how its vectors are indexed."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from .....core.storage.backends import PostgresServer
from ....config import ProviderConfig
from ....utils.vectors.contract import VectorConfig

__all__ = ("Hnsw", "IvfFlat", "PgvectorConfig")


class Hnsw(ProviderConfig):
    """A graph that grows with each chunk."""

    type: Literal["HNSW"] = "HNSW"
    m: int = Field(default=16, ge=2, le=100, description="edges of each vertex")
    ef_construction: int = Field(default=64, ge=4, le=1000, description="candidates while a vertex is added")
    ef_search: int = Field(default=100, ge=1, le=1000, description="candidates of a search: more find more")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.ef_construction < 2 * self.m:
            raise ValueError(f"ef_construction has to be at least twice m, {2 * self.m}")
        return self


class IvfFlat(ProviderConfig):
    """Lists around centres, which are learnt once a store holds 50 chunks for each; until then, all are compared."""

    type: Literal["IVFFlat"] = "IVFFlat"
    lists: int = Field(default=100, ge=2, le=32768)
    probes: int = Field(default=10, ge=1, description="lists that a search looks at: more find more")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.probes >= self.lists:
            raise ValueError("probes has to be less than lists; to compare with every vector, set vector_index to null")
        return self


class PgvectorConfig(VectorConfig, PostgresServer):
    REFUSED: ClassVar[Mapping[str, str]] = {
        "distance_metric": "each vector store has a metric of its own, chosen when it is made: remove this key"
    }

    db: str | None = Field(  # type: ignore[assignment] # without it, or a url, it is not asked for
        default=None, description="a database, in which the extension is made when it is absent"
    )
    user: str | None = "postgres"
    vector_index: Annotated[Hnsw | IvfFlat, Field(discriminator="type")] | None = Field(
        default=Hnsw(), description="of stores made from now on; null: every search compares with every vector"
    )

    @property
    def missing(self) -> str | None:
        """What has to be set before there is a database."""
        return None if self.db or self.url else "set PGVECTOR_DB, or url in its config"
