"""Inspect: is the stack up, which version is it, what can it do."""

from typing import Literal, Protocol

from pydantic import BaseModel, Field

from .declare import route

__all__ = ("Inspect", "Readiness", "RouteInfo", "RouteList", "StackHealth", "Version")


class StackHealth(BaseModel):
    status: Literal["OK"] = "OK"


class Readiness(BaseModel):
    """Whether calls can be answered; not ready when the storage is lost, say."""

    ready: bool
    checks: dict[str, str] = Field(description="each check: `ok`, or what is wrong")

    @property
    def status_code(self) -> int:
        """The HTTP status of the answer."""
        return 200 if self.ready else 503


class Version(BaseModel):
    version: str


class RouteInfo(BaseModel):
    route: str
    method: str
    provider_types: list[str]


class RouteList(BaseModel):
    data: list[RouteInfo]


class Inspect(Protocol):
    """What this stack is and can do."""

    @route("GET", "/v1/health", public=True)
    async def health(self) -> StackHealth:
        """Answer while the server runs."""
        ...

    @route("GET", "/livez", public=True)
    async def livez(self) -> StackHealth:
        """Liveness: the process answers."""
        ...

    @route("GET", "/readyz", public=True)
    async def readyz(self) -> Readiness:
        """Readiness: calls can be answered now. The status is 503 while they cannot."""
        ...

    @route("GET", "/v1/version", public=True)
    async def version(self) -> Version:
        """The version of this stack."""
        ...

    @route("GET", "/v1/inspect/routes")
    async def list_routes(self) -> RouteList:
        """List every route, and the provider types that can answer it."""
        ...
