# `make serve` and `make test` are all a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
EXAMPLES := client-examples
TYPED := $(EXAMPLES)/python
IN_TYPESCRIPT := typescript apollo urql relay

.PHONY: help serve test kill-test lint lock playground web clients docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

serve: $(VENV)/serve playground web docs ## install, start everything with a demo tenant, serve on PORT
	@$(BIN)/parley serve --demo --port $(PORT)

test: $(VENV)/dev playground web clients docs ## the whole test suite, on embedded servers
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

kill-test: $(VENV)/dev ## 100 workers killed during 10,000 deliveries: some minutes
	@PARLEY_KILL_MESSAGES=10000 PARLEY_KILLS=100 $(BIN)/python -m pytest tests/dispatch/test_killed_workers.py

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
	@cd requirements && ../$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
		--no-header --python-version 3.11 --group ../pyproject.toml:docs -c dev.txt -o docs.txt

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
	@touch $@ $(VENV)/serve $(VENV)/docs

playground web: ## build the page where npm is (without it the page says so)
	@$(call build,$@)

# Nothing is done where the sources are those of the last build. Failing to build a page is told and
# forgiven: the server runs without it, and the next make tries again. (The tests forgive nothing.)
define build
	cd $(EXAMPLES)/$(1); sources=$$($(PYTHON) ../built_from.py $(1)) || exit 1; \
	if [ -f dist/index.html ] && [ "$$sources" = "$$(cat node_modules/.built 2>/dev/null)" ]; then \
		exit 0; \
	elif ! command -v npm >/dev/null; then \
		echo "The page $(1) is not built: npm was not found (install Node.js 20.19 or later, then: make $(1))"; \
	elif echo "Building the page $(1)" && \
		{ cmp -s package-lock.json node_modules/.installed || \
		{ npm --loglevel=error ci --fetch-retries=1 --fetch-retry-mintimeout=1000 >/dev/null 2>&1 && \
		cp package-lock.json node_modules/.installed; }; } && \
		npm --loglevel=error run --silent build -- --logLevel error --outDir node_modules/.dist --emptyOutDir; then \
		rm -rf dist && mv node_modules/.dist dist && echo "$$sources" > node_modules/.built; \
	else \
		echo "The page $(1) is not built: npm failed (npm --prefix $(EXAMPLES)/$(1) ci says why)"; \
	fi
endef

clients: $(TYPED)/parley_client/generated/client.py javascript-clients ## generate and build the example clients from the SDL

$(TYPED)/parley_client/generated/client.py: schema/schema.graphql $(TYPED)/pyproject.toml \
		$(TYPED)/parley_client/transport.py $(wildcard $(TYPED)/operations/*.graphql) $(TYPED)/.venv/made
	@cd $(TYPED) && .venv/bin/ariadne-codegen >/dev/null

# As with the pages.
.PHONY: javascript-clients
javascript-clients:
	@cd $(EXAMPLES); sources=$$($(PYTHON) built_from.py $(IN_TYPESCRIPT)) || exit 1; \
	if [ "$$sources" = "$$(cat node_modules/.built 2>/dev/null)" ]; then \
		exit 0; \
	elif ! command -v npm >/dev/null; then \
		echo "The clients in TypeScript are not built: npm was not found"; \
	elif echo "Building the clients in TypeScript" && \
		npm --loglevel=error ci --fetch-retries=1 --fetch-retry-mintimeout=1000 >/dev/null 2>&1 && \
		npm --loglevel=error run --silent build; then \
		echo "$$sources" > node_modules/.built; \
	else \
		echo "The clients in TypeScript are not built: npm failed (npm --prefix $(EXAMPLES) ci says why)"; \
	fi

# The generator needs another graphql-core than Parley.
$(TYPED)/.venv/made: $(TYPED)/requirements.txt
	@echo "Installing the generator of the typed Python client"
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

docs: docs-site/index.html ## build the documentation, which the server shows under /docs

# As with the pages: what cannot be built is told, and the server runs without it.
docs-site/index.html: mkdocs.yml schema/schema.graphql $(shell find docs -type f) | $(VENV)/docs
	@if [ -x $(BIN)/mkdocs ] && echo "Building the documentation" && \
		NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet; then \
		touch $@; \
	else \
		echo "The documentation is not built (make docs says why)"; \
	fi

$(VENV)/docs: requirements/docs.txt | $(VENV)/serve
	@echo "Installing what requirements/docs.txt pins"
	@if $(PIP) install --require-hashes -r $<; then touch $@; fi

clean: ## remove what was built (not the data)
	@rm -rf $(VENV) docs-site client-examples/node_modules client-examples/*/node_modules client-examples/*/dist $(TYPED)/.venv $(TYPED)/parley_client/generated
