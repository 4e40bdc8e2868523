"""The services that speak OpenAI's wire format, one row each."""

from .clouds import CLOUDS
from .gateways import GATEWAYS
from .labs import LABS
from .local import LOCAL
from .service import Service

__all__ = ("SERVICES", "Service")

SERVICES: tuple[Service, ...] = (*LABS, *CLOUDS, *GATEWAYS, *LOCAL)
