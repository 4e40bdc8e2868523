"""Oracle Cloud's Generative AI, with signed requests or a service key.

Facts (read 2026-11): chat is at `https://inference.generativeai.REGION.oci.oraclecloud.com/20231130/actions/v1`
(newer: `/openai/v1`; set base_url), the compartment goes into `CompartmentId` and `opc-compartment-id` (Oracle's
oci-openai package); models are listed at `https://generativeai.REGION.oci.oraclecloud.com/20231130/models`
(`ListModels` in Oracle's API reference).
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field
from typing_extensions import override

from ....apis.models import Model, ModelType
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside, origin
from ...utils.authorized import open_authorized
from ...utils.oci_signing import InstancePrincipal, OciProfile, OciSignature
from ...utils.rsa import require_cryptography
from ...utils.tokens import TokenSource
from ...utils.transport import Transport
from .openai_compatible import OpenAICompatible

__all__ = ("Oci", "OciConfig")

_UNUSED = ("timeDeprecated", "timeOnDemandRetired")
_TYPES: dict[str, ModelType] = {
    "CHAT": "llm",
    "TEXT_GENERATION": "llm",
    "TEXT_EMBEDDINGS": "embedding",
    "TEXT_RERANK": "rerank",
}


class OciConfig(RemoteConfig):
    """A region and a compartment. `api_key` is a Generative AI API key; without one, calls are signed."""

    oci_auth_type: Literal["instance_principal", "config_file"] = Field(
        default="instance_principal", description="who signs: the machine this runs on, or a profile of ~/.oci/config"
    )
    oci_region: str = "us-ashburn-1"
    oci_compartment_id: str | None = Field(default=None, description="the compartment's OCID")
    oci_config_file_path: str = "~/.oci/config"
    oci_config_profile: str = "DEFAULT"


class Oci(OpenAICompatible):
    """Generative AI in one region."""

    config: OciConfig

    def __init__(self, config: OciConfig, provider_id: str, spec: ProviderSpec) -> None:
        if config.base_url is None:
            host = f"https://inference.generativeai.{config.oci_region}.oci.oraclecloud.com"
            config = config.model_copy(update={"base_url": f"{host}/20231130/actions/v1"})
        super().__init__(config, provider_id, spec)
        if config.oci_compartment_id:
            names = ("CompartmentId", "opc-compartment-id")
            self.relay.headers |= dict.fromkeys(names, config.oci_compartment_id)

    @override
    def _transport(self) -> Transport | None:
        config = self.config
        if self.key or not config.oci_compartment_id:
            return None
        require_cryptography(self.provider_id)
        if config.oci_auth_type == "config_file":
            profile = OciProfile(self.provider_id, config.oci_config_file_path, config.oci_config_profile)
            profile.identity()  # what is wrong with it is told now
            return open_authorized(self.provider_id, config.network, lambda _: OciSignature(TokenSource(profile.fetch)))
        return open_authorized(
            self.provider_id,
            config.network,
            lambda plain: OciSignature(
                TokenSource(InstancePrincipal(self.provider_id, plain, config.oci_region).fetch)
            ),
        )

    @override
    def _missing(self) -> str | None:
        return None if self.key or self.config.oci_compartment_id else "set OCI_COMPARTMENT_OCID"

    @override
    async def _listing(self) -> Any:
        """The models that can be called without a cluster of one's own."""
        if not self.config.oci_compartment_id:
            return await super()._listing()
        control = beside(self.relay, origin(self.base_url or "").replace("://inference.", "://"))
        compartment = quote(self.config.oci_compartment_id or "", safe="")
        answer = await control.get(
            f"/20231130/models?compartmentId={compartment}&lifecycleState=ACTIVE", self._caller_headers()
        )
        rows = [row for row in answer.get("items", []) if not any(row.get(name) for name in _UNUSED)]
        named = {row.get("displayName"): row for row in rows if _type(row)}  # versions share a name
        return {"data": [{**row, "id": name} for name, row in named.items()]}

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        return super()._model(row).model_copy(update={"model_type": _type(row)})


def _type(row: Mapping[str, Any]) -> ModelType | None:
    """What a model is for; None for those that are only there to be tuned."""
    capabilities = row.get("capabilities") or ()
    if "FINE_TUNE" in capabilities:
        return None
    return next((kind for name, kind in _TYPES.items() if name in capabilities), None)
