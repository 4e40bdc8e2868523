"""What is particular about a service that speaks OpenAI's wire format. Facts only; behaviour needs a class."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ....spec import ProviderSpec

__all__ = ("Service", "lacks")


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    `base_url` may hold `{}` for the value of `url_env` (an account, an endpoint's id): without it, the service is
    not configured. `lacks` names the operations it does not have: "chat", "completions", "embeddings", "rerank".
    """

    name: str  # "groq": the provider type is `remote::groq`, a caller's own key `groq_api_key`
    base_url: str | None  # None: the user must say
    key_env: str | None = None
    url_env: str | None = None
    needs_key: bool = True
    title: str = ""
    lacks: frozenset[str] = frozenset({"rerank"})
    key_headers: Mapping[str, str] = field(default_factory=lambda: {"authorization": "Bearer {}"})
    headers: Mapping[str, str] = field(default_factory=dict)

    # its list of models
    models: str = "models"  # where it is, relative to base_url; "" when there is none
    id_field: str = "id"  # what a row of it calls a model
    strip_prefix: str = ""  # what it puts before every id

    # requests: see providers/utils/dialect.py
    rename: Mapping[str, str] = field(default_factory=dict)  # fields it calls otherwise
    drop: frozenset[str] = frozenset()  # fields it refuses, and that do not change the answer
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)  # field → value → its own, or None
    roles: Mapping[str, str] = field(default_factory=dict)  # roles of messages that it does not know

    # answers
    quirks: tuple[str, ...] = ()  # names from providers/utils/quirks.py

    # where these facts come from, and when that was read
    source: str = ""
    checked: str = ""

    @property
    def label(self) -> str:
        return self.title or self.name.replace("-", " ").capitalize()

    @property
    def is_local(self) -> bool:
        """Whether it usually runs beside the stack, so that its absence is no fault."""
        return self.base_url is not None and self.base_url.startswith("http://localhost")

    @property
    def is_template(self) -> bool:
        """Whether its address is known but for one part."""
        return self.base_url is not None and "{}" in self.base_url

    def spec(self) -> ProviderSpec:
        """The row as the registry wants it."""
        key = {"api_key": f"${{env.{self.key_env}:=}}"} if self.key_env else {}
        return ProviderSpec(
            api="inference",
            provider_type=f"remote::{self.name}",
            impl="llama_stack.providers.remote.inference.openai_compatible:OpenAICompatible",
            summary=self.label,
            defaults={"base_url": self._url(), **key},
            facts=self,
            key_env=self.key_env if self.needs_key else None,
            url_env=self.url_env,
        )

    def _url(self) -> str | None:
        if self.url_env is None or self.base_url is None:
            return f"${{env.{self.url_env}:=}}" if self.url_env else self.base_url
        if self.is_template:
            return f"${{env.{self.url_env}:+{self.base_url.format(f'${{env.{self.url_env}}}')}}}"
        return f"${{env.{self.url_env}:={self.base_url}}}"


def lacks(*operations: str) -> frozenset[str]:
    """What a service lacks besides rerank, which few have."""
    return frozenset({"rerank", *operations})
