"""What a provider's config takes, as far as it can be known without its packages."""

from dataclasses import dataclass, field

from ...apis.errors import UnavailableError
from ...providers.config import RemoteConfig
from ...providers.spec import ProviderSpec
from ..config import config_model
from .secrets import secret_fields

__all__ = ("Fields", "fields_of")


@dataclass(frozen=True, slots=True)
class Fields:
    names: frozenset[str] = frozenset()
    secret: set[str] = field(default_factory=set)


def fields_of(spec: ProviderSpec) -> Fields:
    """The fields of a provider's config."""
    try:
        model = config_model(spec)
    except UnavailableError:  # most likely it takes what all do
        model = RemoteConfig if spec.provider_type.startswith("remote::") else None
    return Fields(frozenset(model.model_fields), secret_fields(model)) if model else Fields()
