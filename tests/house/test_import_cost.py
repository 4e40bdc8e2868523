"""What an import brings along, counted in modules: unlike time, that is the same on every machine."""

import subprocess
import sys

import pytest

OURS = {"llama_stack", "llama_stack_client"}
PYDANTIC = {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"}
SERVER = {"fastapi", "starlette", "uvicorn"}
STORES = {"aiosqlite", "asyncpg", "sqlalchemy"}
LOCAL_MODELS = {"gguf", "huggingface_hub", "numpy", "onnxruntime", "tokenizers", "xllamacpp"}
DOCUMENTS = {"docx", "lxml", "markitdown", "openpyxl", "pptx", "pypdf", "toktok"}
SDKS = {"httpx", "httpx2", "openai"}


def brought_by(statement: str) -> set[str]:
    """The packages that one statement loads into a fresh interpreter."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return {name.partition(".")[0] for name in ran.stdout.split()} - OURS


def beyond_python(packages: set[str]) -> set[str]:
    return {name for name in packages - sys.stdlib_module_names if not name.startswith("_sysconfigdata")}


def test_the_package_itself_brings_python_only() -> None:
    assert beyond_python(brought_by("import llama_stack")) == set()


def test_the_apis_bring_pydantic_and_msgspec_only() -> None:
    assert beyond_python(brought_by("import llama_stack.apis")) <= PYDANTIC | {"msgspec"}


def test_the_command_line_brings_nothing_that_only_a_server_needs() -> None:
    heavy = SERVER | STORES | LOCAL_MODELS | SDKS | {"aiohttp", "msgspec", "pydantic", "rich"}
    assert brought_by("import llama_stack.cli.main") & heavy == set()


def test_the_http_client_brings_no_server() -> None:
    heavy = SERVER | STORES | LOCAL_MODELS | SDKS | {"ruamel"}
    assert brought_by("import llama_stack_client; llama_stack_client.LlamaStackClient") & heavy == set()


@pytest.mark.parametrize("module", ["llama_stack.providers.registry", "llama_stack.distributions"])
def test_lists_are_made_without_loading_what_they_list(module: str) -> None:
    heavy = SERVER | STORES | LOCAL_MODELS | SDKS | {"aiohttp"}
    assert brought_by(f"import {module}") & heavy == set()


@pytest.mark.parametrize("provider", ["auto", "markitdown", "pypdf"])
def test_what_reads_documents_is_loaded_with_the_first_document(provider: str) -> None:
    brought = brought_by(f"import llama_stack.providers.inline.file_processors.{provider}")
    assert brought & (DOCUMENTS | LOCAL_MODELS) == set()
