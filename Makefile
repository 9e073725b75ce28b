# `make serve` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PLAYGROUND := client-examples/playground
TYPED := client-examples/python
NPM := npm --prefix $(PLAYGROUND) --loglevel=error

.PHONY: help serve test lint lock playground clients clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

serve: $(VENV)/serve playground ## install, start everything with a demo tenant, serve on PORT
	@$(BIN)/parley serve --demo --port $(PORT)

test: $(VENV)/dev playground clients ## the whole test suite, on embedded servers
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

playground: $(PLAYGROUND)/dist/index.html ## build the playground where npm is (without it the page says so)

# Failing to build it is told and forgiven: the server runs without it, and the next make tries again.
$(PLAYGROUND)/dist/index.html: $(shell find $(PLAYGROUND) -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f -print)
	@if ! command -v npm >/dev/null; then \
		echo "The playground is not built: npm was not found (install Node.js 20.19 or later, then: make playground)"; \
	elif echo "Building the playground" && \
		{ cmp -s $(PLAYGROUND)/package-lock.json $(PLAYGROUND)/node_modules/.installed || \
		{ $(NPM) ci --fetch-retries=1 --fetch-retry-mintimeout=1000 >/dev/null 2>&1 && \
		cp $(PLAYGROUND)/package-lock.json $(PLAYGROUND)/node_modules/.installed; }; } && \
		$(NPM) run --silent build -- --logLevel error --outDir node_modules/.dist --emptyOutDir; then \
		rm -rf $(@D) && mv $(PLAYGROUND)/node_modules/.dist $(@D); \
	else \
		echo "The playground is not built: npm failed (npm --prefix $(PLAYGROUND) ci says why)"; \
	fi

clients: $(TYPED)/parley_client/generated/client.py ## generate the typed Python client from the SDL

$(TYPED)/parley_client/generated/client.py: schema/schema.graphql $(TYPED)/pyproject.toml \
		$(TYPED)/parley_client/transport.py $(wildcard $(TYPED)/operations/*.graphql) $(TYPED)/.venv/made
	@cd $(TYPED) && .venv/bin/ariadne-codegen >/dev/null

# The generator needs another graphql-core than Parley.
$(TYPED)/.venv/made: $(TYPED)/requirements.txt
	@echo "Installing the generator of the typed Python client"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

clean: ## remove what was built (not the data)
	@rm -rf $(VENV) client-examples/*/node_modules client-examples/*/dist $(TYPED)/.venv $(TYPED)/parley_client/generated
