"""Files from the Hugging Face hub, by name: fetched once, checked, kept in the hub's own cache.

`huggingface_hub` (the extra `hub`) does the fetching: its cache folder, its progress bar, its resuming after a
cut connection, `HF_TOKEN`, `HF_ENDPOINT` and `HF_HUB_OFFLINE`. It compares sizes only; the checksum is ours.
"""

import asyncio
import hashlib
import os
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from ...apis.errors import BadRequestError, ForbiddenError, NotFoundError, StackError, UnavailableError

__all__ = ("cache_folder", "fetch_file", "fetch_files", "list_files")

_T = TypeVar("_T")
_SHA256 = re.compile(r"[0-9a-f]{64}")

_under_way: dict[Hashable, Future[Any]] = {}
_lock = threading.Lock()


async def fetch_file(repo: str, filename: str, *, revision: str | None = None) -> Path:
    """The path of a repository's file, fetched unless it is in the cache. Callers who ask together share one fetch.

    A caller who is cancelled stops waiting; the fetch goes on for the others and for the next one who asks.
    """
    return await _shared((repo, filename, revision), partial(_file, repo, filename, revision))


async def fetch_files(repo: str, patterns: Sequence[str], *, revision: str | None = None) -> Path:
    """A folder that holds the repository's files whose names match a pattern (`onnx/*`), all of one commit."""
    wanted = tuple(patterns)
    return await _shared((repo, wanted, revision), partial(_folder, repo, wanted, revision))


async def list_files(repo: str, *, revision: str | None = None) -> list[str]:
    """The names of a repository's files; without a network, those that the cache holds."""
    return await _shared((repo, revision), partial(_names, repo, revision))


def cache_folder(name: str) -> Path:
    """Where this machine keeps what can be made again; nothing is lost by deleting it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "llama-stack" / name


# ---- one thread per fetch, shared by all who wait for it


async def _shared(key: Hashable, work: Callable[[], _T]) -> _T:
    with _lock:
        future = _under_way.get(key)
        if future is None:
            future = _under_way[key] = Future()
            future.set_running_or_notify_cancel()  # from here on no waiter's cancellation reaches it
            # A daemon: a server that is told to stop does not wait for gigabytes.
            threading.Thread(target=_run, args=(key, future, work), name="hub", daemon=True).start()
    outcome: _T = await asyncio.wrap_future(future)
    return outcome


def _run(key: Hashable, future: "Future[_T]", work: Callable[[], _T]) -> None:
    try:
        outcome = work()
    except BaseException as error:  # whatever it is, those who wait must hear of it
        _forget(key)
        future.set_exception(error)
    else:
        _forget(key)
        future.set_result(outcome)


def _forget(key: Hashable) -> None:
    with _lock:
        del _under_way[key]


# ---- the fetching itself, in that thread


def _file(repo: str, filename: str, revision: str | None) -> Path:
    hub = _hub(repo)
    with _explained(hub, repo, filename, revision):
        path = hub.hf_hub_download(
            repo, filename, revision=revision, endpoint=_endpoint(), local_files_only=_is_offline()
        )
        _verify(Path(path), _promised_sha256(hub, Path(path), repo, filename, revision))
    return Path(path)


def _folder(repo: str, patterns: Sequence[str], revision: str | None) -> Path:
    names = _names(repo, revision)
    wanted = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not wanted:
        raise NotFoundError(f"{repo} has no file that matches {' or '.join(patterns)}; it has {_few(names)}")
    folder = _file(repo, wanted[0], revision).parents[wanted[0].count("/")]
    for name in wanted[1:]:
        _file(repo, name, folder.name)  # the first one's commit, so that all are of one version
    return folder


def _names(repo: str, revision: str | None) -> list[str]:
    hub = _hub(repo)
    if not _is_offline():
        try:
            with _explained(hub, repo, None, revision):
                return sorted(hub.HfApi(endpoint=_endpoint()).list_repo_files(repo, revision=revision))
        except UnavailableError:
            with suppress(StackError):
                return _kept_names(hub, repo, revision)
            raise
    return _kept_names(hub, repo, revision)


def _kept_names(hub: ModuleType, repo: str, revision: str | None) -> list[str]:
    with _explained(hub, repo, None, revision):
        folder = Path(hub.snapshot_download(repo, revision=revision, local_files_only=True))
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


# ---- checksums


def _promised_sha256(hub: ModuleType, path: Path, repo: str, filename: str, revision: str | None) -> str | None:
    """What the hub says the file's sha256 is; None for small files, which it keeps in git without one.

    The cache is made of links to files that are named by what the hub said. Where links cannot be made, ask again.
    """
    if path.is_symlink():
        name = Path(os.readlink(path)).name
    elif _is_offline():
        return None
    else:
        url = hub.hf_hub_url(repo, filename, revision=revision, endpoint=_endpoint())
        name = hub.get_hf_file_metadata(url, endpoint=_endpoint()).etag or ""
    return name if _SHA256.fullmatch(name) else None


def _verify(path: Path, promised: str | None) -> None:
    """Check a file once, and remember it. A damaged file is removed, so that the next attempt fetches it anew."""
    if promised is None:
        return
    stat = path.stat()
    mark = cache_folder("verified") / f"{promised}-{stat.st_size}-{stat.st_mtime_ns}"
    if mark.exists():
        return
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != promised:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise UnavailableError(f"{path.name} is damaged: its sha256 is {actual}, the hub says {promised}. Try again.")
    with suppress(OSError):  # a home that cannot be written to: the file is checked again next time
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


# ---- the library and its errors


def _hub(repo: str) -> ModuleType:
    try:
        import huggingface_hub
        import huggingface_hub.errors  # its submodules load on demand
    except ModuleNotFoundError as error:
        raise UnavailableError(
            f"fetching {repo} needs huggingface_hub: pip install 'llama-stack[hub]', or give a path to a local copy"
        ) from error
    return huggingface_hub


def _endpoint() -> str:
    """Read at each call; huggingface_hub reads its environment once, when it is imported."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _is_offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


@contextmanager
def _explained(hub: ModuleType, repo: str, filename: str | None, revision: str | None) -> Iterator[None]:
    errors = hub.errors
    try:
        yield
    except (
        errors.HTTPError,
        errors.EntryNotFoundError,
        errors.XetDownloadError,
        OSError,
        errors.HFValidationError,
    ) as error:
        cause = error.__cause__ if isinstance(error.__cause__, errors.HfHubHTTPError) else error
        raise _explanation(errors, cause, repo, filename, revision) from error


def _explanation(
    errors: ModuleType, error: BaseException, repo: str, filename: str | None, revision: str | None
) -> StackError:
    what = f"{repo}/{filename}" if filename else repo
    local = "or give the path of a local copy"
    match error:
        case errors.GatedRepoError():
            return ForbiddenError(f"{repo} is gated: accept its terms on its page, and set HF_TOKEN to your token")
        case errors.RepositoryNotFoundError():
            return NotFoundError(
                f"the hub has no repository {repo!r}, or it is private: check the name, or set HF_TOKEN"
            )
        case errors.RevisionNotFoundError():
            return NotFoundError(f"{repo} has no revision {revision!r}")
        case errors.RemoteEntryNotFoundError():
            return NotFoundError(f"{repo} has no file {filename!r}")
        case errors.HfHubHTTPError() if error.response.status_code in (401, 403):
            return ForbiddenError(f"the hub refuses {what}: set HF_TOKEN to a token that may read it ({error})")
        case errors.HFValidationError():
            return BadRequestError(f"{repo!r} is not a repository's name: {error}")
        case errors.LocalEntryNotFoundError() if _is_offline():
            return UnavailableError(f"{what} is not in the cache, and HF_HUB_OFFLINE is set: unset it, {local}")
    return UnavailableError(f"cannot fetch {what} from {_endpoint()}, {local}: {_reason(error)}")


def _reason(error: BaseException) -> str:
    """The first cause, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {error}".splitlines()[0]


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
