"""Who is measured, and how each is started in front of the same upstream."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import DRIVER_CORE, Launch, children_environment
from .peers import PEERS, NotInstalledError, installed
from .upstream import MODEL

__all__ = ("CONTESTANTS", "OURS", "Contestant", "Place", "upstream")

OURS = "llama-stack"
_REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Place:
    """What a server is given: a folder of its own, its port, and the upstream's."""

    folder: Path
    port: int
    upstream_port: int = 0

    @property
    def upstream_url(self) -> str:
        return f"http://127.0.0.1:{self.upstream_port}/v1"

    def write(self, config: Mapping[str, Any]) -> str:
        """Put the configuration into the folder; JSON is YAML too."""
        path = self.folder / "config.yaml"
        path.write_text(json.dumps(config, indent=2))
        return str(path)

    def launch(self, command: list[str], ready: str, **environment: str) -> Launch:
        """The folder serves as home, so that nothing found elsewhere on the machine changes the result."""
        return Launch(
            command=command,
            ready_url=f"http://127.0.0.1:{self.port}{ready}",
            environment=children_environment(HOME=str(self.folder), **environment),
            log=self.folder / "log.txt",
        )


@dataclass(frozen=True)
class Contestant:
    """A gateway: its name in the tables, the name it gives the upstream's model, and how it starts."""

    name: str
    model: str
    launch: Callable[[Place], Launch]


def upstream(place: Place) -> Launch:
    """The upstream shares the driver's core, so that the gateway under test has its own."""
    command = [sys.executable, "-m", "benchmarks.upstream", "--port", str(place.port)]
    return Launch(
        command=command,
        ready_url=f"http://127.0.0.1:{place.port}/v1/models",
        environment=_with_repository(),
        log=place.folder / "log.txt",
        core=DRIVER_CORE,
    )


def _with_repository() -> dict[str, str]:
    return children_environment(PYTHONPATH=str(_REPOSITORY))


def _relay(place: Place) -> Launch:
    address = f"http://127.0.0.1:{place.upstream_port}"
    command = [sys.executable, "-m", "benchmarks.relay", "--port", str(place.port), "--upstream", address]
    return place.launch(command, "/v1/models", PYTHONPATH=str(_REPOSITORY))


def _ours(place: Place) -> Launch:
    llama = Path(sys.executable).with_name("llama")
    if not llama.exists():
        raise NotInstalledError(f"there is no {llama}; install the repository into this environment")
    config = place.write({"version": 2, "distro_name": "bench", "apis": ["inference"], "providers": _one_vllm(place)})
    return place.launch([str(llama), "stack", "run", config, "--port", str(place.port)], "/v1/health")


def _one_vllm(place: Place) -> dict[str, Any]:
    entry = {"provider_id": "up", "provider_type": "remote::vllm", "config": {"base_url": place.upstream_url}}
    return {"inference": [entry]}


def _ogx(place: Place) -> Launch:
    config = place.write(_ogx_config(place, stored=True))
    command = [str(installed(PEERS["ogx"])), "run", config, "--port", str(place.port), "--insecure"]
    return place.launch(command, "/v1/health")


def _ogx_unstored(place: Place) -> Launch:
    config = place.write(_ogx_config(place, stored=False))
    command = [str(installed(PEERS["ogx"])), "run", config, "--port", str(place.port), "--insecure"]
    return place.launch(command, "/v1/health")


def _ogx_config(place: Place, *, stored: bool) -> dict[str, Any]:
    """Storage as OGX's own starter has it; it answers nothing without all five stores."""
    tables = {"inference": "inference_store", "conversations": "openai_conversations"}
    stores: dict[str, Any] = {name: {"table_name": table, "backend": "sql"} for name, table in tables.items()}
    stores["inference"] |= {"max_write_queue_size": 10000, "num_writers": 4, "enabled": stored}
    stores |= {name: {"table_name": name, "backend": "sql"} for name in ("prompts", "connectors")}
    stores["metadata"] = {"namespace": "registry", "backend": "kv"}
    return {
        "version": 2,
        "distro_name": "bench",
        "apis": ["inference"],
        "providers": _one_vllm(place),
        "storage": {
            "backends": {
                "kv": {"type": "kv_sqlite", "db_path": str(place.folder / "kv.db")},
                "sql": {"type": "sql_sqlite", "db_path": str(place.folder / "sql.db")},
            },
            "stores": stores,
        },
        "registered_resources": {},
        "server": {"port": place.port},
    }


def _litellm(place: Place) -> Launch:
    served = {"model": f"hosted_vllm/{MODEL}", "api_base": place.upstream_url, "api_key": "none"}
    config = place.write({"model_list": [{"model_name": MODEL, "litellm_params": served}]})
    command = [str(installed(PEERS["litellm"])), "--config", config, "--host", "127.0.0.1", "--port", str(place.port)]
    return place.launch(
        command,
        "/health/liveliness",
        LITELLM_LOCAL_MODEL_COST_MAP="True",  # or it fetches a price list from the network as it starts
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY="true",  # no keys to check: its cheapest way
    )


CONTESTANTS = {
    contestant.name: contestant
    for contestant in (
        Contestant("relay", MODEL, _relay),
        Contestant(OURS, f"up/{MODEL}", _ours),
        Contestant("ogx", f"up/{MODEL}", _ogx),
        Contestant("ogx-unstored", f"up/{MODEL}", _ogx_unstored),
        Contestant("litellm", MODEL, _litellm),
    )
}
