# `make run` and `make test` are all that one needs; each makes the environment it lacks.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run test crash check format lock
.DEFAULT_GOAL := help

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile

run: .venv/run ## Run the application: one address, Ctrl-C to stop
	@$(BIN)/python manage.py run

test: .venv/dev ## Run every test lane this machine can, or those named in LANES="unit sandbox"
	@$(BIN)/python -m tests.lanes $(LANES)

crash: .venv/dev ## Kill the worker 500 times in the middle of runs; KILLS=20 SEED=7 repeats others
	@$(BIN)/python -m tests.crash $(if $(KILLS),--kills $(KILLS)) $(if $(SEED),--seed $(SEED))

check: .venv/dev ## Format, lint, types, layers, missing migrations, deployment
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	MAMCRAWLER_IGNORE_DOTENV=1 $(BIN)/python manage.py makemigrations --check --dry-run
	MAMCRAWLER_IGNORE_DOTENV=1 HTTPS=1 \
	  SECRET_KEY=an-example-that-only-this-check-uses-and-nothing-is-ever-signed-with-0123456789 \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING

format: .venv/dev ## Put the code into shape
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: .venv/dev ## Make both locks anew from pyproject.toml
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile $(LOCK) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

# Installed anew only when the lock says something else than what was installed: a copy of it lies in .venv.
.PHONY: .venv/run .venv/dev
.venv/run: LOCKFILE := requirements.txt
.venv/dev: LOCKFILE := requirements-dev.txt
.venv/run .venv/dev:
	@test -x $(BIN)/python || { \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'Python 3.11 or newer is needed; name it with PYTHON, such as: make run PYTHON=python3.11' >&2; exit 1; }; \
	  echo 'Making the environment in .venv'; $(PYTHON) -m venv .venv; }
	@cmp -s $(LOCKFILE) .venv/$(LOCKFILE) || { \
	  echo 'Installing $(LOCKFILE); this takes a minute'; \
	  $(BIN)/python -m pip install --quiet --require-hashes --requirement $(LOCKFILE) && cp $(LOCKFILE) .venv/$(LOCKFILE); }
