# `make serve` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help serve test lint lock playground clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

serve: $(VENV)/serve playground ## install, start everything with a demo tenant, serve on PORT
	@$(BIN)/parley serve --demo --port $(PORT)

test: $(VENV)/dev playground ## the whole test suite, on embedded servers
	@$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/dev ## ruff, mypy, pyright, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/mypy
	@$(BIN)/pyright

lock: $(VENV)/bin/python ## pin the dependencies again
	@$(PIP) install uv
	@cd requirements && ../$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
		--no-header --python-version 3.11 --extra embedded ../pyproject.toml build.in -o serve.txt
	@cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
		--no-header --python-version 3.11 --extra embedded --group ../pyproject.toml:dev ../pyproject.toml build.in -c serve.txt -o dev.txt

$(VENV)/bin/python:
	@echo "Making a virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/serve: requirements/serve.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what requirements/serve.txt pins"
	@$(PIP) install --require-hashes -r requirements/serve.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what requirements/dev.txt pins"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/serve

playground: ## build the playground where npm is (without it the page says so)
	@:

clean: ## remove what was built (not the data)
	@rm -rf $(VENV) client-examples/*/node_modules client-examples/*/dist
