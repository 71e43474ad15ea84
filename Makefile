# One entry for everything a person does with this checkout; `make` lists it.
# Variables: STACK=docker|native, PYTHON=python3.12, T=tests/unit (for `make test`), TEST_SERVERS=/some/folder.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
LOCAL := $(BIN)/python -m deploy.local
STACK ?= auto
TEST_SERVERS ?= /tmp/lazaret-test-servers-$(shell id -u)
T ?= tests

# Stamps: what they stand for is not done again until one of its sources changes.
RUNTIME := .venv/runtime.stamp
SIMULATION_KERNELS := .venv/simulation-kernels.stamp
ENCODER_KERNELS := .venv/encoder-kernels.stamp
DEV := .venv/dev.stamp
VALIDATORS := .venv-validators/installed.stamp
READERS := tests/readers/node/node_modules/installed.stamp
SIMULATION := $(wildcard shared/simulation/*.py)
ENCODERS := $(wildcard shared/encoders/rows/*.py) shared/encoders/parquet/page_kernel.py

.PHONY: help
help: ## List the targets.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Run it
.PHONY: setup servers run up observe tools stop clean
setup: $(RUNTIME) ## Make .venv from the lock file and compile the simulation.
	@$(MAKE) --jobs=2 $(SIMULATION_KERNELS) $(ENCODER_KERNELS)

servers: $(RUNTIME) ## Install the servers that the stack needs from the distribution.
	@$(LOCAL) prepare --stack $(STACK)

run: ## Start the stack, run the sample exercise, go on until Ctrl-C (STACK=docker or native).
	@$(MAKE) --jobs=2 setup servers
	@$(LOCAL) run --stack $(STACK)

up: ## Start the stack and return when it is ready.
	@$(MAKE) --jobs=2 setup servers
	@$(LOCAL) up --stack $(STACK)

observe: setup tools ## Start the native stack with collector, Prometheus, Jaeger and a log store beside it.
	@$(LOCAL) observe

tools: $(RUNTIME) ## Build the programs of `make observe` into ~/.cache/lazaret/tools, once a version (needs Go).
	@$(LOCAL) tools

stop: $(RUNTIME) ## Drain and stop the stack.
	@$(LOCAL) stop

clean: $(RUNTIME) ## Stop the stack and delete its data, logs and key.
	@$(LOCAL) clean

##@ Work on it
.PHONY: dev validators readers browser screenshots libraries test check lint types contracts locks house format bench docs test-servers stop-test-servers test-docker lock packages rules schema
dev: setup $(DEV) ## Add the tools for tests and checks to .venv.

validators: $(VALIDATORS) ## Make .venv-validators: validators whose needs clash with the project's own.

readers: $(READERS) ## Install the JavaScript programs that tests read files with (needs Node.js; without it they are skipped).

browser: dev ## Install Chromium from the distribution, for the tests of the console.
	@test -x /usr/bin/chromium || $(LOCAL) browser

screenshots: dev ## Write docs/console/*.png from the running stack (make up first).
	@$(BIN)/python -m tools.console_screenshots

libraries: dev ## Fetch the console's browser libraries again from npm, by version and hash.
	@$(BIN)/python -m tools.console_libraries fetch

test: dev validators readers browser ## Run the tests with coverage, on real servers (T=tests/unit for a part, without the limit).
	@BIN=$(BIN) deploy/local/run-tests.sh $(T)

check: lint types contracts locks house ## Lint, formatting, types, import rules, lock files, house rules.

lint: dev ## Lint and formatting alone.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev ## Types alone.
	$(BIN)/mypy

contracts: dev ## Import rules alone.
	$(BIN)/lint-imports

locks: dev ## Lock files alone.
	$(BIN)/python -m tools.lock check

house: dev ## House rules alone.
	$(BIN)/pytest -q tests/house

rules: dev ## Write alert rules, their tests, the runbooks and the dashboards.
	@$(BIN)/python -m tools.observability.rules write
	@$(BIN)/python -m tools.observability.dashboards write

schema: dev ## Write shared/db/schema.sql from the migrations.
	@$(BIN)/python -m tools.schema

format: dev ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: dev ## Measure speed and memory on this machine; prints a table and writes build/bench.json.
	@$(LOCAL) packages
	@$(BIN)/lazaret bench all --output build/bench.json

test-servers: dev ## Start servers that several test sessions share; prints the variable that names them.
	@$(LOCAL) test-servers $(TEST_SERVERS)

stop-test-servers: $(RUNTIME) ## Stop them and delete their data.
	@$(LOCAL) stop-test-servers $(TEST_SERVERS)

test-docker: dev ## Prove the compose stack with images built from Debian alone (root; about five minutes).
	@$(BIN)/python -m deploy.docker.prove

.PHONY: prove-restore prove-release load
prove-restore: dev ## Prove that a backup brings everything back; prints recovery time and what is lost.
	@$(BIN)/python -m tests.proofs.restore

prove-release: dev ## Prove that releases lose no request and bad versions are withdrawn (about ten minutes).
	@$(BIN)/python -m tests.proofs.release

load: dev ## Put load on a stack of its own; prints the table and writes build/load.html (about ten minutes).
	@$(BIN)/python -m tests.load

docs: dev ## Write the pages under docs/ that come from the code.
	@$(BIN)/python -m tools.pages

lock: $(RUNTIME) ## Resolve the dependencies anew into the lock files.
	@$(BIN)/python -m tools.lock write

packages: $(RUNTIME) ## Install PostgreSQL and RabbitMQ from the distribution, without starting them.
	@$(LOCAL) packages

$(RUNTIME): requirements/runtime.txt requirements/build.txt requirements/uv.txt pyproject.toml deploy/local/make-venv.sh
	@deploy/local/make-venv.sh requirements/build.txt requirements/runtime.txt
	@touch $@

$(SIMULATION_KERNELS): $(RUNTIME) $(SIMULATION)
	@echo "Compiling the simulation (once; about a minute)"
	@$(BIN)/python -c "from shared.simulation import compile_kernels; compile_kernels()"
	@touch $@

$(ENCODER_KERNELS): $(RUNTIME) $(ENCODERS)
	@echo "Compiling the encoders"
	@$(BIN)/python -c "from shared.encoders.formats import compile_kernels; compile_kernels()"
	@touch $@

$(VALIDATORS): $(RUNTIME) requirements/validators.txt
	@echo "Installing requirements/validators.txt"
	@$(BIN)/python -m venv --clear .venv-validators
	@# google-fhir claims to need Python below 3.12; its tests here pass on 3.13 as well.
	@.venv-validators/bin/python -m pip install --quiet --disable-pip-version-check --ignore-requires-python --require-hashes --requirement requirements/validators.txt
	@touch $@

$(READERS): tests/readers/node/package-lock.json
	@if command -v npm >/dev/null; then cd tests/readers/node && npm ci --silent --ignore-scripts --no-audit --no-fund && touch node_modules/installed.stamp; \
	else echo "SKIPPED: npm is missing, so the tests with JavaScript programs are skipped"; fi

$(DEV): $(RUNTIME) requirements/dev.txt
	@deploy/local/make-venv.sh requirements/dev.txt
	@touch $@
