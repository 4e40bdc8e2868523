"""Embeddings by models in sentence-transformers' format, run in this process by onnxruntime.

A model is a folder, or a repository on the Hugging Face hub: `hf:org/name`, `org/name`, or the bare name of one of
sentence-transformers' own (`all-MiniLM-L6-v2`); `@revision` after it asks for a branch, tag or commit. It is fetched
and loaded when it is first asked for. The results are those of the sentence-transformers library: a text over the
model's limit is cut off there, without an error.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from pydantic import Field, field_validator

from .....apis.errors import BadRequestError, StackError
from .....apis.inference import Embeddings, EmbeddingsRequest
from .....apis.models import Model
from .....apis.providers import Health
from ....config import ProviderConfig
from ....utils.hub import fetch_files, list_files
from .recipe import Recipe, read_recipe

if TYPE_CHECKING:  # numpy and onnxruntime are imported when a model is loaded
    from .encoder import Encoder

__all__ = ("SentenceTransformers", "SentenceTransformersConfig")

_P = ParamSpec("_P")
_T = TypeVar("_T")
_READY = Health(state="ready")


class SentenceTransformersConfig(ProviderConfig):
    """Where the model is, and how much of the machine it may take."""

    model: str | None = Field(default=None, description="a folder, or a name on the Hugging Face hub")
    batch_size: int = Field(default=32, ge=1, description="most texts in one run of the model; fewer of long texts")
    threads: int | None = Field(
        default=None, ge=1, description="for one run of a model; one for each core when not set"
    )
    max_loaded_models: int = Field(default=4, ge=1, description="the least recently used one makes room for another")

    @field_validator("model")
    @classmethod
    def _none_when_empty(cls, value: str | None) -> str | None:
        return value or None


class SentenceTransformers:
    """Serves the configured model, and those that are registered with it."""

    def __init__(self, config: SentenceTransformersConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self._workers: dict[str, asyncio.Task[_Worker]] = {}  # the most recently used one last
        self._failure: str | None = None  # why the configured model could not be loaded

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._workers.values():
            if task.done():
                task.result().close()
            task.cancel()
        self._workers.clear()

    # ---- inference

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        texts, name = _texts(request), (request.model_extra or {}).get("prompt_name")
        worker = await self._worker(request.model)
        recipe = worker.encoder.recipe
        recipe.check_dimensions(request.dimensions)
        body = await self._embed(worker, texts, recipe.prompt(name), request)
        return Embeddings.from_wire(body)

    async def _embed(self, worker: "_Worker", texts: list[str], prompt: str, request: EmbeddingsRequest) -> bytes:
        from .run import Run

        run = await worker.do(Run, worker.encoder, texts, prompt=prompt, batch_size=self.config.batch_size)
        for batch in run.batches:  # a caller who is cancelled stops here; another's batch may come between
            await worker.do(run.embed, batch)
        as_base64 = request.encoding_format == "base64"
        return await worker.do(run.answer, request.model, dimensions=request.dimensions, as_base64=as_base64)

    # ---- what the routing table asks

    async def list_models(self) -> list[Model]:
        if self.config.model is None:
            return []
        model = Model(
            identifier=self.config.model,
            provider_id=self.provider_id,
            provider_resource_id=self.config.model,
            source="listed",
            model_type="embedding",
        )
        try:
            return [await self._described(model)]
        except StackError:  # `health` says what is wrong with it
            return [model]

    async def register_model(self, model: Model) -> Model:
        """The model with what is known of it. A folder that cannot be served is refused here."""
        return await self._described(model)

    async def health(self) -> Health:
        if self.config.model is None:
            if self._workers:
                return _READY
            return Health(state="unconfigured", reason="set EMBEDDING_MODEL, or register a model")
        try:
            await self._recipe(self.config.model)
        except StackError as error:
            return Health(state="unavailable", reason=error.message)
        return Health(state="degraded", reason=self._failure) if self._failure else _READY

    async def _described(self, model: Model) -> Model:
        recipe = await self._recipe(model.provider_resource_id)
        facts: dict[str, Any] = {}
        if recipe is not None:
            facts = {"embedding_dimension": recipe.dimension, "context_length": recipe.max_tokens}
        return model.model_copy(update={"model_type": "embedding", "metadata": facts | model.metadata})

    async def _recipe(self, name: str) -> Recipe | None:
        """What is known of a model without fetching it: of one that is loaded, or a folder."""
        task = self._workers.get(name)
        if task is not None and task.done():
            return task.result().encoder.recipe
        folder = _local_folder(name)
        return None if folder is None else await asyncio.to_thread(read_recipe, folder)

    # ---- loading

    async def _worker(self, name: str) -> "_Worker":
        """The model, loaded. Callers who come while it loads wait for the same loading."""
        task = self._workers.pop(name, None) or asyncio.create_task(self._load(name))
        self._workers[name] = task
        for old in list(self._workers)[: -self.config.max_loaded_models]:
            if self._workers[old].done():  # it goes when its last request is done
                del self._workers[old]
        return await asyncio.shield(task)

    async def _load(self, name: str) -> "_Worker":
        failure: str | None = None
        try:
            return await _Worker.load(_local_folder(name) or await _fetched(name), self.config.threads)
        except BaseException as error:
            self._workers.pop(name, None)  # the next caller tries again
            failure = error.message if isinstance(error, StackError) else None
            raise
        finally:
            if name == self.config.model:
                self._failure = failure


class _Worker:
    """A loaded model and the one thread that runs it; the thread ends when nobody refers to it any more."""

    encoder: "Encoder"

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embeddings")

    @classmethod
    async def load(cls, folder: Path, threads: int | None) -> Self:
        self = cls()
        self.encoder = await self.do(_open, folder, threads)
        return self

    async def do(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


def _open(folder: Path, threads: int | None) -> "Encoder":
    from .encoder import Encoder

    return Encoder(folder, threads=threads)


def _texts(request: EmbeddingsRequest) -> list[str]:
    texts = [request.input] if isinstance(request.input, str) else request.input
    words = [text for text in texts if isinstance(text, str)]
    if len(words) != len(texts):
        message = "input must be text: token ids belong to one model's vocabulary, and are not accepted here"
        raise BadRequestError(message, param="input")
    return words


def _local_folder(name: str) -> Path | None:
    """The folder that a name means; None for a name on the hub."""
    path = Path(name).expanduser()
    return path if name.startswith(("/", "./", "../", "~")) or path.is_dir() else None


async def _fetched(name: str) -> Path:
    """The folder of a repository's files, its own ONNX graph rather than its weights where there is one."""
    repo, _, revision = name.removeprefix("hf:").partition("@")
    repo = repo if "/" in repo else f"sentence-transformers/{repo}"
    names = await list_files(repo, revision=revision or None)
    weights = ["onnx/model.onnx", "onnx/model.onnx_data"] if "onnx/model.onnx" in names else ["*model.safetensors"]
    return await fetch_files(repo, ["*.json", *weights], revision=revision or None)
