"""Record what a stack's providers ask of their services, and replay it anywhere."""

from .cassette import Cassette
from .errors import CassetteError, CassetteMissError, StaleCassetteWarning
from .folder import CassetteFolder, cassette_folder
from .options import LOOSE, Mode, Options

__all__ = (
    "LOOSE",
    "Cassette",
    "CassetteError",
    "CassetteFolder",
    "CassetteMissError",
    "Mode",
    "Options",
    "StaleCassetteWarning",
    "cassette_folder",
)
