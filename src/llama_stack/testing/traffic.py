"""What a server's calls to services go through: what `--record`, `--replay` and `--faults` ask for."""

from pathlib import Path

from ..core.config import RunConfig
from ..core.stack import Traffic
from ..providers.config import NetworkConfig
from ..providers.utils.transport import Transport
from ..providers.utils.wrapping import Wrapper
from .cassettes import cassette_folder
from .faults import load_faults

__all__ = ("Through", "traffic_for")


def traffic_for(
    *, record: Path | None = None, replay: Path | None = None, faults: Path | None = None
) -> Traffic | None:
    """The traffic for these options; None when there are none. Raises `ConfigError`.

    Faults happen on this side of a recording: they are not recorded, and happen in a replay as well.
    """
    asked: list[Traffic | None] = [load_faults(faults) if faults else None, cassette_folder(record, replay)]
    layers = [layer for layer in asked if layer is not None]
    return Through(*layers) if layers else None


class Through:
    """Several of them, the first one nearest to the provider."""

    def __init__(self, *layers: Traffic) -> None:
        self.layers = layers

    def open(self, config: RunConfig) -> Wrapper:
        wrappers = [layer.open(config) for layer in reversed(self.layers)]

        def wrap(provider_id: str, network: NetworkConfig, transport: Transport) -> Transport:
            for wrapper in wrappers:
                transport = wrapper(provider_id, network, transport)
            return transport

        return wrap
