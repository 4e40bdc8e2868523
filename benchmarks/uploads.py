"""What a large upload and its download cost a server: memory, time, CPU.

Run it: python -m benchmarks.uploads                  2 GB
        python -m benchmarks.uploads --megabytes 200

The file is made while it is sent and never whole anywhere but on the server's disk. Beside it stands what the disk
alone takes for as many bytes, written and synced.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from .machine import free_port

__all__ = ("Figures", "measured")

_LLAMA = str(Path(sys.executable).with_name("llama"))
_PIECE = os.urandom(1 << 20)
_BOUNDARY = "benchmark"


@dataclass(frozen=True)
class Figures:
    """Of one file, up and down again."""

    megabytes: float
    disk_seconds: float
    up_seconds: float
    down_seconds: float
    cpu_seconds: float
    resident_before_mb: float
    resident_peak_mb: float

    @property
    def growth_mb(self) -> float:
        """The most memory that the server took beyond what it had at rest."""
        return self.resident_peak_mb - self.resident_before_mb


def measured(megabytes: int) -> Figures:
    """Start a server, send it a file, read it back."""
    with tempfile.TemporaryDirectory(prefix="uploads-") as folder:
        disk = _disk_alone(Path(folder), megabytes)
        port = free_port()
        env = {**os.environ, "HOME": folder, "FILES_STORAGE_DIR": f"{folder}/kept", "LLAMA_STACK_PORT": str(port)}
        config = Path(folder) / "run.yaml"
        config.write_text(_CONFIG)
        with subprocess.Popen(
            [_LLAMA, "stack", "run", str(config)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                return asyncio.run(_ask(f"http://127.0.0.1:{port}", server.pid, megabytes, disk))
            finally:
                server.terminate()


_CONFIG = """\
version: 2
providers:
  files:
  - provider_id: files
    provider_type: inline::localfs
    config: {storage_dir: "${env.FILES_STORAGE_DIR}"}
storage:
  backends:
    sql_default: {type: sql_sqlite, db_path: "${env.FILES_STORAGE_DIR}/files.db"}
server:
  port: ${env.LLAMA_STACK_PORT}
"""


async def _ask(url: str, pid: int, megabytes: int, disk: float) -> Figures:
    async with aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=None)) as http:
        await _until_ready(http)
        await _upload(http, 1)  # what is loaded at the first call is not the file's
        before, cpu = _memory(pid, "VmHWM"), _cpu(pid)
        up, file_id = await _upload(http, megabytes)
        began = time.perf_counter()
        async with http.get(f"/v1/files/{file_id}/content") as response:
            received = 0
            async for piece in response.content.iter_any():
                received += len(piece)
        down = time.perf_counter() - began
        assert received == megabytes << 20
        return Figures(megabytes, disk, up, down, _cpu(pid) - cpu, before, _memory(pid, "VmHWM"))


async def _upload(http: aiohttp.ClientSession, megabytes: int) -> tuple[float, str]:
    began = time.perf_counter()
    headers = {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
    async with http.post("/v1/files", data=_form(megabytes), headers=headers) as response:
        said = await response.json()
    assert said.get("bytes") == megabytes << 20, said
    return time.perf_counter() - began, said["id"]


async def _form(megabytes: int) -> AsyncIterator[bytes]:
    line = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    yield f'{line}"purpose"\r\n\r\nassistants\r\n{line}"file"; filename="large.bin"\r\n\r\n'.encode()
    for _ in range(megabytes):
        yield _PIECE
    yield f"\r\n--{_BOUNDARY}--\r\n".encode()


async def _until_ready(http: aiohttp.ClientSession) -> None:
    for _ in range(300):
        try:
            async with http.get("/v1/health"):
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the server does not answer")


def _disk_alone(folder: Path, megabytes: int) -> float:
    began = time.perf_counter()
    path = folder / "alone"
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(_PIECE)
        os.fsync(file.fileno())
    path.unlink()
    return time.perf_counter() - began


def _memory(pid: int, name: str) -> float:
    """In megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise ValueError(name)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=2048)
    found = measured(parser.parse_args().megabytes)
    print(f"file          {found.megabytes:8.0f} MB")
    print(f"disk alone    {found.disk_seconds:8.2f} s   {found.megabytes / found.disk_seconds:6.0f} MB/s")
    print(f"upload        {found.up_seconds:8.2f} s   {found.megabytes / found.up_seconds:6.0f} MB/s")
    print(f"download      {found.down_seconds:8.2f} s   {found.megabytes / found.down_seconds:6.0f} MB/s")
    print(f"CPU, both     {found.cpu_seconds:8.2f} s")
    print(f"memory        {found.resident_before_mb:8.1f} MB at rest, {found.resident_peak_mb:.1f} MB at most")


if __name__ == "__main__":
    main()
