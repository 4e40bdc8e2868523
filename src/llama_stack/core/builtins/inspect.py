"""The inspect API: what this stack is and can do."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from ... import __version__
from ...apis import APIS
from ...apis.declare import routes_of
from ...apis.errors import StackError
from ...apis.inspect import Readiness, RouteInfo, RouteList, StackHealth, Version

__all__ = ("BuiltinInspect", "Check")

Check = Callable[[], Awaitable[object]]


class BuiltinInspect:
    """Implements the Inspect API over the APIs that are served, of which there may be more later.

    `checks` are what readiness depends on, by name; one that raises is not ready.
    """

    def __init__(
        self, served: Collection[str], provider_types: Mapping[str, list[str]], checks: Mapping[str, Check]
    ) -> None:
        self._served = served
        self._provider_types = provider_types
        self._checks = checks

    async def health(self) -> StackHealth:
        return StackHealth()

    async def livez(self) -> StackHealth:
        return StackHealth()

    async def readyz(self) -> Readiness:
        results = {name: await _result(check) for name, check in self._checks.items()}
        return Readiness(ready=all(result == "ok" for result in results.values()), checks=results)

    async def version(self) -> Version:
        return Version(version=__version__)

    async def list_routes(self) -> RouteList:
        return RouteList(
            data=[
                RouteInfo(route=r.path, method=r.verb, provider_types=self._provider_types.get(name, []))
                for name in self._served
                for r in routes_of(APIS[name])
            ]
        )


async def _result(check: Check) -> str:
    try:
        await check()
    except StackError as error:
        return error.message
    return "ok"
