"""Every remote provider that speaks HTTP sends through the seam, so that a replay keeps them from the network."""

from pathlib import Path
from typing import Any

import pytest

from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack.providers.registry import specs
from llama_stack.testing import CassetteFolder

pytestmark = pytest.mark.anyio

# What is recorded is HTTP; these databases speak protocols of their own.
NO_HTTP = {"remote::pgvector", "remote::milvus"}
REMOTE = [
    (api, name) for api, rows in specs().items() for name in rows if name.startswith("remote::") and name not in NO_HTTP
]


@pytest.mark.parametrize(("api", "provider_type"), REMOTE)
async def test_a_remote_provider_sends_through_the_seam(api: str, provider_type: str, tmp_path: Path) -> None:
    spec = specs()[api][provider_type]
    if spec.missing():
        pytest.skip(spec.install_hint)
    config: dict[str, Any] = {"base_url": "https://service.invalid/v1"} if "base_url" in spec.defaults else {}
    entry = {"provider_id": "it", "provider_type": provider_type, "config": config}
    folder = CassetteFolder(tmp_path)
    async with LlamaStack(resolve({"version": 2, "providers": {api: [entry]}}, {}), traffic=folder) as stack:
        (provider,) = stack.configured
        assert provider.problem is None
        assert list(folder.cassettes) == ["it"]
        (info,) = (await stack.apis["providers"].list_providers()).data
        assert info.health.state in (
            "degraded",
            "ready",
            "unconfigured",
        )  # and nothing is raised by what is not recorded
