# All that a checkout needs. Every target sets up .venv first, when it has to.
# Variables: PYTHON (which interpreter), VENV (where to), ARGS (added to the command), WORKERS, TESTS.
VENV ?= .venv
ARGS ?=
TESTS ?= tests
WORKERS ?= 2
BIN := $(VENV)/bin
FAST := tests/house tests/unit tests/contract
# A test file keeps to one worker: its server starts once.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

export VENV PYTHON
# Starting a process is part of many tests; let Python keep what it compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint format docs lock bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

setup: ## create or refresh .venv from requirements.lock
	@scripts/bootstrap

run: setup ## serve the starter distribution on http://localhost:8321
	@$(BIN)/llama stack run starter $(ARGS)

test: lint ## run everything: format, lint, types, all tests
	@$(PYTEST) $(TESTS) $(ARGS)

check: lint ## run what is quick: format, lint, types, fast tests
	@$(PYTEST) $(FAST) $(ARGS)

lint: setup ## check format, lint and types
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

format: setup ## format the code and fix what can be fixed
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

docs: setup ## write docs/providers and the indexes anew, from the registry
	@$(BIN)/python -m scripts.docs

bench: setup ## measure, as ratios in one run (see benchmarks/)
	@$(BIN)/python -m benchmarks.gateway $(ARGS)

lock: ## write requirements.lock anew from pyproject.toml (needs uv; ARGS=--upgrade for newer versions)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --all-extras --group dev --group build \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml $(ARGS)

clean: ## remove .venv, caches and built packages
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache build dist
