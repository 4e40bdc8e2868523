"""The words of the house: every API is a Protocol, declared once. Imports pydantic and msgspec only."""

from .catalogue import Catalogue
from .files import Files
from .inference import Inference
from .inspect import Inspect
from .jobs import Jobs
from .models import Models
from .providers import Providers

__all__ = ("APIS", "Files", "Inference", "Inspect", "Jobs", "Models", "Providers")

# The catalogue that server, clients, command line and docs iterate over.
APIS = Catalogue(
    {"inference": Inference, "models": Models, "files": Files, "providers": Providers, "inspect": Inspect, "jobs": Jobs}
)
