"""From deployments to providers and models: each service once, each name once."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from .litellm_deployment import Deployment

__all__ = ("Assembly",)


@dataclass(slots=True)
class _Entry:
    """A provider to be: a service with an address, a key and whatever else tells accounts apart."""

    first: Deployment
    provider_id: str | None = None  # None until all are known
    used: list[str] = field(default_factory=list)
    serves_all: bool = False

    def is_for(self, deployment: Deployment) -> bool:
        return _account(self.first) == _account(deployment)

    def written(self) -> dict[str, Any]:
        config = dict(self.first.config)
        if not self.serves_all and "allowed_models" in self.first.fields.names:
            config["allowed_models"] = list(dict.fromkeys(self.used))
        if self.first.network:
            config["network"] = self.first.network
        entry = {"provider_id": self.provider_id, "provider_type": self.first.spec.provider_type}
        return {**entry, "config": config} if config else entry


class Assembly:
    """Collects deployments, those with patterns first: a pattern is served by a provider of that name."""

    def __init__(self, deployments: Sequence[Deployment]) -> None:
        self._entries: list[_Entry] = []
        self._models: dict[str, tuple[Deployment, _Entry]] = {}
        for deployment in deployments:
            if "*" in deployment.name:
                self._open(deployment)
        for deployment in deployments:
            if "*" not in deployment.name:
                self._place(deployment)
        self._entries.sort(key=lambda entry: deployments.index(entry.first))
        self._name()

    @property
    def providers(self) -> list[dict[str, Any]]:
        return [entry.written() for entry in self._entries]

    @property
    def models(self) -> list[dict[str, Any]]:
        return [_model(name, deployment, entry) for name, (deployment, entry) in self._models.items()]

    def alias(self, name: str, other: str) -> bool:
        """Serve the model that goes by `other` under a further name. False when that cannot be."""
        if other not in self._models or name in self._models:
            return False
        self._models[name] = self._models[other]
        return True

    # ---- one deployment

    def _place(self, deployment: Deployment) -> None:
        entry = self._entry(deployment)
        entry.used.append(deployment.model)
        self._models[deployment.name] = deployment, entry

    def _open(self, deployment: Deployment) -> None:
        """Every model of a service, under its own name."""
        provider, _, rest = deployment.name.partition("/")
        if deployment.name == "*" and deployment.model == "*":
            entry = self._entry(deployment)
            entry.serves_all = True
            deployment.part.note(
                f"a bare name is found when {deployment.service} lists it; any name, with the provider's before it",
                lost=False,
            )
        elif "*" in provider or rest != deployment.model:
            deployment.part.note("a pattern cannot change names here; list the models one by one")
        elif any(entry.provider_id == provider for entry in self._entries):
            deployment.part.note(f"a provider goes by the name {provider!r} already; give this one another")
        else:
            self._entry(deployment, provider).serves_all = True
            if rest != "*":
                deployment.part.note(f"all models of {provider} are served, not only those like {rest!r}", lost=False)

    def _entry(self, deployment: Deployment, provider_id: str | None = None) -> _Entry:
        for entry in self._entries:
            if entry.is_for(deployment) and provider_id in (None, entry.provider_id):
                self._compare(entry, deployment)
                return entry
        self._entries.append(_Entry(deployment, provider_id))
        return self._entries[-1]

    def _compare(self, entry: _Entry, deployment: Deployment) -> None:
        if entry.first.network != deployment.network:
            deployment.part.note(f"a provider has one time-out: {deployment.service}'s is that of the first deployment")

    def _name(self) -> None:
        """`groq`, and where there are several accounts `groq-2`."""
        taken = {entry.provider_id for entry in self._entries}
        for entry in self._entries:
            number, name = 1, entry.first.service
            while entry.provider_id is None and name in taken:
                number += 1
                name = f"{entry.first.service}-{number}"
            entry.provider_id = entry.provider_id or name
            taken.add(entry.provider_id)


def _account(deployment: Deployment) -> tuple[Any, ...]:
    """What makes it another provider."""
    network = {key: value for key, value in deployment.network.items() if key != "read_timeout_seconds"}
    return deployment.spec.provider_type, deployment.config, network


def _model(name: str, deployment: Deployment, entry: _Entry) -> dict[str, Any]:
    model: dict[str, Any] = {"model_id": name, "provider_id": entry.provider_id}
    if deployment.model != name:
        model["provider_model_id"] = deployment.model
    if deployment.model_type != "llm":
        model["model_type"] = deployment.model_type
    return model | ({"metadata": deepcopy(deployment.metadata)} if deployment.metadata else {})
