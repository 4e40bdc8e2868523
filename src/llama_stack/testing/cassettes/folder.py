"""A folder of cassettes, one for each provider of a server."""

from pathlib import Path
from urllib.parse import quote

from ...apis.errors import ConfigError
from ...core.config import RunConfig
from ...core.config.validate import validate
from ...core.config.yaml import parse_yaml
from ...providers.config import NetworkConfig
from ...providers.utils.transport import Transport
from ...providers.utils.wrapping import Wrapper
from .cassette import Cassette
from .options import Mode, Options
from .scrub import Scrubber, config_secrets

__all__ = ("OPTIONS_FILE", "CassetteFolder", "cassette_folder", "load_options")

OPTIONS_FILE = "_options.yaml"


def cassette_folder(record: Path | None, replay: Path | None) -> "CassetteFolder | None":
    """What `--record` and `--replay` ask for; both with one folder answer from it, and record what it lacks.

    Raises `ConfigError` when there is nothing to replay, or when recording would mix with another session.
    """
    folder = record or replay
    if folder is None:
        return None
    recorded = sorted(path.name for path in folder.glob("*.yaml") if path.name != OPTIONS_FILE)
    if record and replay:
        if record.resolve() != replay.resolve():
            raise ConfigError(f"--record {record} and --replay {replay}: to record what is missing, name one folder")
        return CassetteFolder(folder, "record-if-missing")
    if record and recorded:
        what = f"{folder} holds a session already ({', '.join(recorded)})"
        raise ConfigError(f"{what}: choose another folder, or add --replay {folder} to record only what is missing")
    if replay and not recorded:
        raise ConfigError(f"{folder} holds no cassettes; record some with --record {folder}")
    return CassetteFolder(folder, "record" if record else "replay")


class CassetteFolder:
    """Records or replays a whole stack: `DIR/<provider id>.yaml`, and `DIR/_options.yaml` for what is compared."""

    def __init__(self, folder: Path, mode: Mode = "replay", options: Options | None = None) -> None:
        self.folder, self.mode = folder, mode
        self.options = options or load_options(folder / OPTIONS_FILE)
        self.cassettes: dict[str, Cassette] = {}

    def open(self, config: RunConfig) -> Wrapper:
        scrubber = Scrubber(config_secrets(config), self.options)

        def wrap(provider_id: str, network: NetworkConfig, transport: Transport) -> Transport:
            return self.cassette(provider_id).wrap(provider_id, network, transport, scrubber)

        return wrap

    def cassette(self, provider_id: str) -> Cassette:
        """The cassette of a provider; a stack that is opened anew goes on in it."""
        if provider_id not in self.cassettes:
            path = self.folder / f"{quote(provider_id, safe=' @+')}.yaml"
            how = f"add --record {self.folder} to the command line"
            self.cassettes[provider_id] = Cassette(path, self.mode, self.options, how_to_record=how)
        return self.cassettes[provider_id]


def load_options(path: Path) -> Options:
    """The options in a file, if it is there. Raises `ConfigError` with the place of every mistake."""
    if not path.exists():
        return Options()
    source = parse_yaml(path.read_text(encoding="utf-8"), str(path))
    if source.data is None:  # everything in it is a comment
        return Options()
    options = validate(Options, source)
    source.raise_mistakes()
    if options is None:
        raise AssertionError("options that do not validate have mistakes")
    return options
