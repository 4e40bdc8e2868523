"""The files router: who takes what is handed in, and who has what is asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from ...apis.common import Deleted, Order
from ...apis.errors import ConfigError, NotFoundError, UnavailableError
from ...apis.files import ExpiresAfter, File, FileList, FilePurpose
from ...apis.transfer import Download, Intake, Upload
from ...providers.utils.files.copied import copied
from ..resolver import Provider

__all__ = ("FilesRouter",)

T = TypeVar("T")
_PAGE = 10_000


class FilesRouter:
    """Implements the Files API over all its providers; the default one takes uploads.

    Beside it, for the stack itself: any purpose may be given, and `local_path` reads a file without the network.
    """

    def __init__(self, providers: Sequence[Provider], default_provider_id: str | None) -> None:
        self._providers = providers
        self._default = _chosen(providers, default_provider_id)

    @property
    def intake(self) -> Intake:
        return getattr(self._default.impl, "intake", None) or Intake()

    async def upload_file(self, file: Upload, purpose: FilePurpose, expires_after: ExpiresAfter | None = None) -> File:
        uploaded: File = await _able(self._default).upload_file(file, purpose, expires_after)
        return uploaded

    async def list_files(
        self,
        after: str | None = None,
        limit: int = _PAGE,
        order: Order = "desc",
        purpose: FilePurpose | None = None,
    ) -> FileList:
        if len(self._providers) == 1:
            listed: FileList = await _able(self._default).list_files(after, limit, order, purpose)
            return listed
        data: list[File] = []
        behind = after is None
        async for file in self._merged(order, purpose):
            if behind and len(data) <= limit:
                data.append(file)
            if len(data) > limit:
                break
            behind = behind or file.id == after
        if not behind:
            raise NotFoundError(f"there is no file {after!r}", param="after")
        return _page(data, limit)

    async def get_file(self, file_id: str) -> File:
        return await self._first(file_id, lambda impl: impl.get_file(file_id))

    async def delete_file(self, file_id: str) -> Deleted:
        return await self._first(file_id, lambda impl: impl.delete_file(file_id))

    async def get_file_content(self, file_id: str) -> Download:
        return await self._first(file_id, lambda impl: impl.get_file_content(file_id))

    @asynccontextmanager
    async def local_path(self, file_id: str) -> AsyncIterator[Path]:
        """A path at which to read a file while the block lasts. It is not copied where it lies on this machine."""
        impl = await self._first(file_id, lambda impl: _holder(impl, file_id))
        if hasattr(impl, "local_path"):
            async with impl.local_path(file_id) as path:
                yield path
        else:
            async with copied(await impl.get_file_content(file_id)) as path:
                yield path

    async def _first(self, file_id: str, ask: Callable[[Any], Awaitable[T]]) -> T:
        """What the provider that has the file answers. One that cannot be asked now is told of when no other has it."""
        problem: UnavailableError | None = None
        for provider in self._providers:
            try:
                return await ask(_able(provider))
            except NotFoundError:
                continue
            except UnavailableError as error:
                problem = error
        raise problem or NotFoundError(f"there is no file {file_id!r}", param="file_id")

    async def _merged(self, order: Order, purpose: FilePurpose | None) -> AsyncIterator[File]:
        """The files of all providers in one order. Each provider's own order is kept, whatever else it goes by."""
        lists = [_all_of(p.impl, order, purpose) for p in self._providers if p.problem is None]
        heads = [(head, rest) for rest in lists if (head := await anext(rest, None)) is not None]
        while heads:
            pick = min if order == "asc" else max
            chosen = pick(heads, key=lambda each: (each[0].created_at, each[0].id))
            yield chosen[0]
            at = heads.index(chosen)
            head = await anext(chosen[1], None)
            heads[at : at + 1] = [(head, chosen[1])] if head is not None else []


async def _holder(impl: Any, file_id: str) -> Any:
    """The provider, if it has the file."""
    await impl.get_file(file_id)
    return impl


async def _all_of(impl: Any, order: Order, purpose: FilePurpose | None) -> AsyncIterator[File]:
    after: str | None = None
    while True:
        page: FileList = await impl.list_files(after, _PAGE, order, purpose)
        for file in page.data:
            yield file
        if not page.has_more:
            return
        after = page.last_id


def _page(data: list[File], limit: int) -> FileList:
    """A page of at most `limit`; one more says that there is another page."""
    shown = data[:limit]
    return FileList(
        data=shown,
        first_id=shown[0].id if shown else None,
        last_id=shown[-1].id if shown else None,
        has_more=len(data) > limit,
    )


def _chosen(providers: Sequence[Provider], name: str | None) -> Provider:
    for provider in providers:
        if name in (None, provider.provider_id):
            return provider
    known = ", ".join(provider.provider_id for provider in providers)
    raise ConfigError(f"files.default_provider_id: no files provider is called {name!r}; there are {known}")


def _able(provider: Provider) -> Any:
    if provider.problem is not None:
        raise UnavailableError(f"{provider.provider_id} cannot run here: {provider.problem}")
    return provider.impl
