"""Faults as the traffic of a stack."""

import asyncio
import random
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

from ...apis.errors import ConfigError, UpstreamError, UpstreamTimeoutError
from ...core.config import RunConfig
from ...core.config.validate import validate
from ...core.config.yaml import parse_yaml
from ...providers.config import NetworkConfig
from ...providers.utils.transport import Transport, UpstreamRequest, UpstreamResponse
from ...providers.utils.wrapping import Wrapper
from .plan import Fault, FaultPlan
from .response import FaultyResponse, RefusingResponse

__all__ = ("Faults", "load_faults")


class _Named(msgspec.Struct):
    model: str = ""


_NAMED = msgspec.json.Decoder(_Named)


class Faults:
    """Makes services fail. Give it to a stack as its `traffic`; `hits` says, per fault, how many calls it has met.

    `Faults([{"status": 429, "retry_after_seconds": 1, "times": 2}])` refuses the first two calls.
    """

    def __init__(self, plan: FaultPlan | Iterable[Mapping[str, Any]]) -> None:
        self.plan = plan if isinstance(plan, FaultPlan) else FaultPlan.model_validate({"faults": list(plan)})
        self._rules = [_Rule(fault, self.plan.seed, n) for n, fault in enumerate(self.plan.faults)]

    @property
    def hits(self) -> list[int]:
        return [rule.hits for rule in self._rules]

    def open(self, config: RunConfig) -> Wrapper:
        return self._wrap

    def for_call(self, provider_id: str, request: UpstreamRequest) -> list["_Rule"]:
        """The rules that hit this call."""
        return [rule for rule in self._rules if rule.hits_call(provider_id, request)]

    def _wrap(self, provider_id: str, network: NetworkConfig, transport: Transport) -> Transport:
        return _FaultyTransport(self, provider_id, network, transport)


def load_faults(path: Path) -> Faults:
    """The faults in a YAML file. Raises `ConfigError` with the place of every mistake."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    source = parse_yaml(text, str(path))
    if not isinstance(source.data, dict):
        source.add_mistake((), "a mapping with a list of `faults` is wanted")
        source.raise_mistakes()
    plan = validate(FaultPlan, source)
    source.raise_mistakes()
    if plan is None:
        raise AssertionError("a plan that does not validate has mistakes")
    return Faults(plan)


class _Rule:
    """A fault, and how often it was looked at."""

    def __init__(self, fault: Fault, seed: int, number: int) -> None:
        self.fault = fault
        self.seen = self.hits = 0
        self.chance = random.Random(f"{seed}/{number}")  # noqa: S311  # to be foreseen is its purpose

    def hits_call(self, provider_id: str, request: UpstreamRequest) -> bool:
        if not self._is_for(provider_id, request):
            return False
        fault, place = self.fault, self.seen - self.fault.skip
        self.seen += 1
        spent = fault.times is not None and self.hits >= fault.times
        hit = place >= 0 and (place + 1) % fault.every == 0 and not spent
        if hit and fault.probability < 1:
            hit = self.chance.random() < fault.probability
        self.hits += hit
        return hit

    def delay(self) -> float:
        return self.fault.delay_seconds + self.fault.jitter_seconds * self.chance.random()

    def _is_for(self, provider_id: str, request: UpstreamRequest) -> bool:
        fault = self.fault
        return (
            fnmatchcase(request.method, fault.method)
            and fnmatchcase(provider_id, fault.provider)
            and fnmatchcase(urlsplit(request.url).path, fault.path)
            and (fault.model == "*" or fnmatchcase(_model(request), fault.model))
        )


class _FaultyTransport(Transport):
    """Sends what the faults let through."""

    def __init__(self, faults: Faults, provider_id: str, network: NetworkConfig, inner: Transport) -> None:
        self.faults, self.provider_id, self.network, self.inner = faults, provider_id, network, inner

    @override
    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        rules = self.faults.for_call(self.provider_id, request)
        for rule in rules:
            await self.keep_silent(rule.delay())
            if rule.fault.unreachable:
                message = f"{self.provider_id} cannot be reached: injected fault"
                raise UpstreamError(message, provider_id=self.provider_id, code="upstream_unreachable")
            if rule.fault.status is not None:
                return RefusingResponse(rule.fault)
        response = await self.inner.send(request)
        for rule in rules:
            response = FaultyResponse(rule.fault, response, self.provider_id, self.keep_silent)
        return response

    @override
    async def aclose(self) -> None:
        await self.inner.aclose()

    async def keep_silent(self, seconds: float) -> None:
        """Say nothing, until the provider's read timeout is over."""
        limit = self.network.read_timeout_seconds
        if seconds:
            await asyncio.sleep(min(seconds, limit))
        if seconds >= limit:
            message = f"{self.provider_id} stopped answering (network.read_timeout_seconds): injected fault"
            raise UpstreamTimeoutError(message, provider_id=self.provider_id)


def _model(request: UpstreamRequest) -> str:
    try:
        return _NAMED.decode(request.body or b"").model
    except msgspec.MsgspecError:
        return ""
