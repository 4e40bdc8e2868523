"""One deployment of a LiteLLM config: who serves it, under which name, with which settings."""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ...providers.spec import ProviderSpec
from .fields import Fields, fields_of
from .litellm_reasons import reason
from .litellm_services import (
    NATIVE,
    OPENAI_LIKE,
    by_address,
    provider_spec,
    spelling,
    split_model,
    usual_address,
)
from .litellm_values import Part, is_off, metadata_of, network_of, plain, reference, variable_of
from .secrets import Vault, holds_secret, sounds_secret

__all__ = ("Deployment", "Deployments")

_REGION = re.compile(r"(?P<region>[a-z]{2}(-[a-z]+)+-\d)/(?P<name>.+)")  # bedrock/us-west-2/…

# LiteLLM's parameters → fields of our providers' configs; others go by the same name in both.
_FIELDS = {
    "api_base": "base_url",
    "aws_bedrock_runtime_endpoint": "base_url",
    "aws_profile_name": "profile_name",
    "aws_region_name": "region_name",
    "aws_role_name": "aws_role_arn",
    "aws_session_name": "aws_role_session_name",
    "azure_ad_token": "api_key",
    "azure_scope": "scope",
    "vertex_credentials": "credentials_file",
    "vertex_location": "location",
    "vertex_project": "project",
}
_READ_ELSEWHERE = frozenset({"custom_llm_provider", "litellm_credential_name", "model"})
_HEADERS = frozenset({"default_headers", "extra_headers", "headers"})
_MODES = {
    **dict.fromkeys(("chat", "completion", "responses"), "llm"),
    "embedding": "embedding",
    "rerank": "rerank",
}


@dataclass(slots=True)
class Deployment:
    """What is known of one, in our terms. `config` has no `network` yet."""

    part: Part
    name: str  # what callers say
    model: str  # what the service says
    spec: ProviderSpec
    fields: Fields
    config: dict[str, Any] = field(default_factory=dict)
    network: dict[str, Any] = field(default_factory=dict)
    model_type: str = "llm"
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.spec.provider_type.rpartition("::")[2]


class Deployments:
    """Reads them, one at a time."""

    def __init__(
        self,
        rows: Mapping[str, ProviderSpec],
        vault: Vault,
        credentials: Mapping[str, Mapping[str, Part]],
        network: Mapping[str, Any],
    ) -> None:
        self.rows, self.vault, self.credentials, self.network = rows, vault, credentials, network

    def read(self, part: Part) -> Deployment | None:
        """The deployment; None when it cannot be served here, which is then noted."""
        given = part.below()
        parameters = self._parameters(given)
        name = _word(given, "model_name")
        if name is None or _word(parameters, "model") is None:
            part.note("no deployment: it needs a `model_name`, and `litellm_params` with a `model`")
            return None
        info = given["model_info"].below() if "model_info" in given else {}
        return self._read(part, name, parameters, info)

    def _read(
        self, part: Part, name: str, parameters: Mapping[str, Part], info: Mapping[str, Part]
    ) -> Deployment | None:
        prefix, model = split_model(str(parameters["model"].value), _word(parameters, "custom_llm_provider"))
        spec = self._spec(prefix, parameters)
        if spec is None or (kind := self._model_type(info)) is None:
            return None
        deployment = Deployment(
            part, name, model, spec, fields_of(spec), network=deepcopy(dict(self.network)), model_type=kind
        )
        self._settle(deployment, prefix or "", parameters)
        deployment.metadata = metadata_of(info)
        return deployment

    def _parameters(self, given: Mapping[str, Part]) -> dict[str, Part]:
        """The parameters, with those of the credential that they name."""
        own = given["litellm_params"].below() if "litellm_params" in given else {}
        if (named := own.get("litellm_credential_name")) is None:
            return own
        if str(named.value) not in self.credentials:
            named.note("no credential of this name is in credential_list; give its values here")
        return {**self.credentials.get(str(named.value), {}), **own}

    def _spec(self, prefix: str | None, parameters: Mapping[str, Part]) -> ProviderSpec | None:
        model, base = parameters["model"], parameters.get("api_base") or parameters.get("base_url")
        address = base.value if base and isinstance(base.value, str) else ""
        if prefix in OPENAI_LIKE and address:
            found = by_address(address, self.rows) or provider_spec("passthrough", self.rows)
        elif prefix is None and address:
            found = by_address(address, self.rows)
        else:
            found = provider_spec(spelling(prefix).name, self.rows) if prefix else None
        if found is None and prefix is None:
            model.note("which service this is, LiteLLM guesses from the name; write it as `SERVICE/NAME`")
        elif found is None:
            model.note(
                f"no provider for {prefix!r} in this version; if it speaks OpenAI's format, "
                "write `openai/NAME` with its api_base"
            )
        return found

    def _model_type(self, info: Mapping[str, Part]) -> str | None:
        mode = info.get("mode")
        if mode is None or is_off(mode.value):
            return "llm"
        kind = _MODES.get(str(mode.value))
        if kind is None:
            mode.note(f"no API of this version serves {str(mode.value)!r}, so the model was left out")
        return kind

    # ---- the provider's config

    def _settle(self, deployment: Deployment, prefix: str, parameters: Mapping[str, Part]) -> None:
        for key, part in parameters.items():
            if (reach := _NETWORK.get(key)) is not None:
                reach(self, deployment, part)
            elif key not in _READ_ELSEWHERE and not is_off(part.value):
                self._set(deployment, _FIELDS.get(key, key), key, part)
        if "azure_ad_token" in parameters and "api_type" in deployment.fields.names:
            deployment.config["api_type"] = "azure_ad"
        self._take_region(deployment)
        self._fill_in(deployment, prefix)
        if base := parameters.get("api_base") or parameters.get("base_url"):
            _check_address(base, prefix, deployment)

    def _set(self, deployment: Deployment, name: str, key: str, part: Part) -> None:
        if name not in deployment.fields.names:
            part.note(reason(key))
            return
        value = self._value(deployment, name, part)
        is_usual = name == "base_url" and isinstance(value, str) and usual_address(deployment.spec, value)
        if value is not None and not is_usual:
            deployment.config[name] = value

    def _value(self, deployment: Deployment, name: str, part: Part) -> Any:
        """The value as a run config has it: references in its grammar, no secrets."""
        value = part.value
        if variable_of(value):
            return reference(part)
        if name == "credentials_file" and (isinstance(value, dict) or str(value).lstrip().startswith("{")):
            part.note("put this JSON into a file, and that file's path into the provider's `credentials_file`")
            return None
        if name in deployment.fields.secret or (name == "base_url" and holds_secret(str(value))):
            return self.hidden(deployment, name, part)
        return plain(value)

    def hidden(self, deployment: Deployment, name: str, part: Part) -> str:
        """A reference to the variable that is to hold a secret."""
        optional = name == "api_key" and deployment.spec.key_env is None
        variable = self.vault.variable(part.value, f"{deployment.service}_{name}")
        when = ", if the service asks for a key" if optional else ""
        part.note(f"a secret in clear text stays out of the run config; set {variable} to it{when}", lost=False)
        return f"${{env.{variable}{':=' if optional else ''}}}"

    def _take_region(self, deployment: Deployment) -> None:
        if "region_name" in deployment.fields.names and (found := _REGION.fullmatch(deployment.model)):
            deployment.model = found["name"]
            deployment.config.setdefault("region_name", found["region"])

    def _fill_in(self, deployment: Deployment, prefix: str) -> None:
        """What LiteLLM would look for in variables that are not ours."""
        spelled, config = spelling(prefix), deployment.config
        if provider_spec(spelled.name, self.rows) is not deployment.spec:
            return  # found by its address
        if spelled.key_env and "api_key" not in config:
            config["api_key"] = f"${{env.{spelled.key_env}:=}}"
        if "base_url" not in config and spelled.base_url:
            config["base_url"] = spelled.base_url
        elif "base_url" not in config and spelled.base_env:
            config["base_url"] = f"${{env.{spelled.base_env}:={deployment.spec.defaults.get('base_url') or ''}}}"

    # ---- how it is reached

    def set_timeout(self, deployment: Deployment, part: Part) -> None:
        network_of({"timeout": part}, into=deployment.network)

    def set_verify(self, deployment: Deployment, part: Part) -> None:
        network_of({"ssl_verify": part}, into=deployment.network)

    def set_organization(self, deployment: Deployment, part: Part) -> None:
        if not is_off(part.value):
            self._header(deployment, "OpenAI-Organization", part)

    def set_headers(self, deployment: Deployment, part: Part) -> None:
        for name, value in part.below().items():
            self._header(deployment, name, value)

    def _header(self, deployment: Deployment, name: str, part: Part) -> None:
        if variable_of(part.value):
            text = reference(part)
        else:
            text = self.hidden(deployment, name, part) if sounds_secret(name) else plain(str(part.value))
        if text is not None:
            deployment.network.setdefault("headers", {})[name] = text


_NETWORK: Mapping[str, Callable[[Deployments, Deployment, Part], None]] = {
    "organization": Deployments.set_organization,
    "ssl_verify": Deployments.set_verify,
    "timeout": Deployments.set_timeout,
    **dict.fromkeys(_HEADERS, Deployments.set_headers),
}


def _check_address(base: Part, prefix: str, deployment: Deployment) -> None:
    address = str(base.value)
    if "base_url" not in deployment.config or variable_of(address):
        return
    has_path = bool(urlsplit(address).path.strip("/"))
    if prefix in NATIVE and has_path:
        base.note("LiteLLM speaks the service's own format there, the stack OpenAI's: check the path", lost=False)
    if prefix in OPENAI_LIKE and not has_path:
        base.note("an address without a path is completed with /v1, which LiteLLM does not do", lost=False)
    if prefix in OPENAI_LIKE and "api_key" not in deployment.config and not deployment.spec.key_env:
        base.note("without an api_key, LiteLLM sends OPENAI_API_KEY there; the stack sends none", lost=False)


def _word(parameters: Mapping[str, Part], key: str) -> str | None:
    return part.value if (part := parameters.get(key)) and isinstance(part.value, str) else None
