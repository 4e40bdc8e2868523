"""The RAG tool over the stack's own vector stores, and the tools that models call it by."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .....apis import FileProcessors, Inference, VectorIO
from .....apis.chunks import StaticChunking, StaticOptions, TextItem
from .....apis.errors import BadRequestError, NotFoundError, UnavailableError
from .....apis.inference import ChatCompletionRequest
from .....apis.tool_groups import ToolDef, ToolList
from .....apis.tool_runtime import (
    DefaultQueryGenerator,
    InsertDocuments,
    InvokeTool,
    LLMQueryGenerator,
    QueryDocuments,
    RagDocument,
    RagQueryConfig,
    RagResult,
    ToolInvocation,
    Uri,
)
from .....apis.transfer import Upload
from .....apis.vector_io.vector_io import InsertChunk, InsertChunks, QueryChunks, QueryParams
from .....apis.wire import explain
from ....utils.documents.tokens import count_each
from .config import RagConfig
from .context import Found, check_template, citation, framed, prompt_of, rendered, text_of
from .fetch import fetch

__all__ = ("RagRuntime",)

GROUP = "builtin::rag"


class _Search(BaseModel):
    """Search documents for what answers a question."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, description="what to look for, in full words")
    vector_store_ids: list[str] = Field(min_length=1, description="where to look")
    query_config: RagQueryConfig | None = None


class _Remember(InsertDocuments):
    """Put documents into memory, to be found by later searches."""


_ARGUMENTS: dict[str, type[BaseModel]] = {"knowledge_search": _Search, "insert_into_memory": _Remember}


class RagRuntime:
    """Implements the RagTool API, and the tools of the group `builtin::rag`."""

    def __init__(
        self, config: RagConfig, vector_io: VectorIO, inference: Inference, processors: FileProcessors | None
    ) -> None:
        self._config = config
        self._vector_io = vector_io
        self._inference = inference
        self._processors = processors

    # ---- tools

    async def list_runtime_tools(self, tool_group_id: str | None = None) -> ToolList:
        if tool_group_id not in (None, GROUP):
            raise NotFoundError(f"the RAG provider has one group of tools, {GROUP}", param="toolgroup_id")
        return ToolList(data=[_described(name, model) for name, model in _ARGUMENTS.items()])

    async def invoke_tool(self, request: InvokeTool) -> ToolInvocation:
        arguments = _checked(request)
        if isinstance(arguments, _Remember):
            await self.insert_documents(arguments)
            said = f"{len(arguments.documents)} documents are in memory and can be searched."
            return ToolInvocation(content=said)
        assert isinstance(arguments, _Search)  # _ARGUMENTS has these two
        result = await self.query_documents(
            QueryDocuments(
                content=arguments.query,
                vector_store_ids=arguments.vector_store_ids,
                query_config=arguments.query_config,
            )
        )
        return ToolInvocation(content=list(result.content or []), metadata=result.metadata)

    # ---- documents in

    async def insert_documents(self, request: InsertDocuments) -> None:
        made = await asyncio.gather(*(self._chunks(each, request.chunk_size_in_tokens) for each in request.documents))
        chunks = [chunk for document in made for chunk in document]
        await self._vector_io.insert_chunks(
            request=InsertChunks(vector_store_id=request.vector_store_id, chunks=chunks, replace_documents=True)
        )

    async def _chunks(self, document: RagDocument, size: int) -> list[InsertChunk]:
        if self._processors is None:
            raise UnavailableError(
                "documents cannot be cut into chunks: configure a provider of the file_processors API"
            )
        upload = await self._upload(document)
        strategy = StaticChunking(static=StaticOptions(max_chunk_size_tokens=size, chunk_overlap_tokens=size // 4))
        processed = await self._processors.process_file(file=upload, chunking_strategy=strategy)
        source = None if upload.filename == document.document_id else upload.filename
        return [
            InsertChunk(
                content=text_of(chunk.content),
                chunk_id=f"{document.document_id}:{position}",
                metadata={**chunk.metadata, **document.metadata, "document_id": document.document_id},
                chunk_metadata=chunk.chunk_metadata.model_copy(
                    update={"document_id": document.document_id, "source": source}
                ),
            )
            for position, chunk in enumerate(processed.chunks)
        ]

    async def _upload(self, document: RagDocument) -> Upload:
        """The document as a file, wherever its content is."""
        if isinstance(document.content, Uri):
            found = await fetch(document.content.uri, self._config)
            return Upload.of((found.name, found.content, document.mime_type or found.media_type))
        content = text_of(document.content).encode()
        return Upload.of((document.document_id, content, document.mime_type or "text/plain"))

    # ---- documents out

    async def query_documents(self, request: QueryDocuments) -> RagResult:
        config = request.query_config or RagQueryConfig()
        check_template(config.chunk_template)
        query = await self._query(text_of(request.content), config)
        answers = await asyncio.gather(*(self._found(each, query, config) for each in request.vector_store_ids))
        found = sorted((each for answer in answers for each in answer), key=lambda each: -each[1])[: config.max_chunks]
        frame = sum(count_each(framed(query, [""] * len(found), 0)))
        texts, tokens = rendered(found, config.chunk_template, config.max_tokens_in_context - frame, count_each)
        left_out = len(found) - len(texts)
        content = [TextItem(text=text) for text in framed(query, texts, left_out)]
        facts = _facts(request.vector_store_ids, found[: len(texts)])
        return RagResult(content=content, metadata={**facts, "tokens": tokens + frame, "left_out": left_out})

    async def _found(self, store_id: str, query: str, config: RagQueryConfig) -> list[Found]:
        ranker = config.ranker.model_dump() if config.ranker else None
        params = QueryParams.model_validate({"mode": config.mode, "max_chunks": config.max_chunks, "ranker": ranker})
        asked = QueryChunks(vector_store_id=store_id, query=query, params=params)
        answer = await self._vector_io.query_chunks(request=asked)
        return [(chunk, score, store_id) for chunk, score in zip(answer.chunks, answer.scores, strict=True)]

    async def _query(self, text: str, config: RagQueryConfig) -> str:
        generator = config.query_generator_config
        if isinstance(generator, DefaultQueryGenerator):
            return generator.separator.join(text.split("\n")) if "\n" in text else text
        return await self._written(text, generator)

    async def _written(self, text: str, generator: LLMQueryGenerator) -> str:
        """A query of the model's. Its template is text with one placeholder, and no program."""
        prompt = prompt_of(generator.template, text)
        message = {"role": "user", "content": prompt}
        asked = ChatCompletionRequest.model_validate({"model": generator.model, "messages": [message]})
        answer: Any = await self._inference.post_chat_completion(request=asked)
        return (answer.choices[0].message.content or "").strip() or text


def _checked(request: InvokeTool) -> BaseModel:
    model = _ARGUMENTS.get(request.tool_name)
    if model is None:
        raise NotFoundError(f"the RAG provider has no tool {request.tool_name!r}", param="tool_name")
    try:
        return model.model_validate(request.kwargs)
    except ValidationError as error:
        message, param = explain(error, request.kwargs)
        known = ", ".join(model.model_fields)
        raise BadRequestError(f"{request.tool_name}: {message}; it takes {known}", param=f"kwargs.{param}") from None


def _described(name: str, model: type[BaseModel]) -> ToolDef:
    return ToolDef(name=name, description=model.__doc__, input_schema=model.model_json_schema())


def _facts(stores: Sequence[str], found: Sequence[Found]) -> dict[str, Any]:
    """What programs read of a result."""
    return {
        "document_ids": [chunk.chunk_metadata.document_id for chunk, _, _ in found],
        "chunks": [text_of(chunk.content) for chunk, _, _ in found],
        "scores": [score for _, score, _ in found],
        "vector_store_ids": list(stores),
        "citations": [citation(each, at) for at, each in enumerate(found, start=1)],
    }
