# Everything a newcomer or the build types. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
STAMP := .venv/installed

.PHONY: help setup run test check fix lock openapi pages bench soak sizes

help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP)  ## Build .venv from the hashed lock files; instant when nothing changed

run: setup  ## Create the database, load the demonstration council, serve it and start the scheduler
	@exec $(BIN)/timescales run

# The short form of `make pages` is part of it, so a browser is needed.
# `worksteal` keeps the tests of a file together, so what a file sets up is set up once, and evens out at the end.
test: lint chromium  ## Prove it all, on SQLite and a real PostgreSQL, with a walk in a real browser
	$(PYTEST) -n $(WORKERS) --dist worksteal

check: lint  ## Lint, formatting, types, import contracts, documents: what `make test` begins with
	$(PYTEST) -q tests/house -m "not container and not soak"

fix: setup  ## Let ruff mend what it can, and format
	$(BIN)/ruff check --fix --exit-zero
	$(BIN)/ruff format

lock: setup  ## Bring requirements*.txt in line with pyproject.toml (make lock UPGRADE=--upgrade for newer versions)
	$(LOCK) --group build --output-file requirements.txt
	$(LOCK) --group build --group dev --constraint requirements.txt --output-file requirements-dev.txt

openapi: setup  ## Write openapi/openapi.json anew
	mkdir -p openapi
	$(BIN)/timescales openapi > openapi/openapi.json.new
	mv openapi/openapi.json.new openapi/openapi.json

pages: setup chromium  ## Look at every page in a real browser (long)
	$(PYTEST) tests/pages -m pages

bench: setup  ## Measure, and print this machine's facts beside the figures
	$(BIN)/python -m tests.bench

soak: setup  ## The long proofs, at their full figures (hours)
	$(PYTEST) -m soak --hypothesis-profile=soak

sizes: setup  ## Where to stop and look: big files, long functions, full folders
	@$(BIN)/python -m tests.house.sizes

# ---- how ------------------------------------------------------------------------------------------------------------

# Universal, so that one lock serves every machine; without annotations of where a package was downloaded from.
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-header $(UPGRADE)

# pip names each package on a line of its own, a hundred of them; this prints every tenth as a count.
define COUNT_PACKAGES
n=0; while read -r first rest; do case "$$first" in \
  Collecting|Processing|Requirement) n=$$((n + 1)); if (( n % 10 == 0 )); then echo "  $$n of $$(grep -c == requirements-dev.txt)"; fi;; \
  Installing) echo "  installing";; \
esac; done
endef

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Name another: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || $(call install,python3-venv,Python cannot make virtual environments here.)
	@echo "Building .venv from requirements-dev.txt"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --progress-bar off --require-hashes \
	  -r requirements-dev.txt 2>&1 | tee .venv/install.log | { $(COUNT_PACKAGES); } \
	  || { tail -20 .venv/install.log; exit 1; }
	@$(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet --no-deps --no-build-isolation \
	  --editable .
	@touch $@
	@echo "Ready: $(BIN)/timescales"

.PHONY: lint chromium
lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

chromium:
	@command -v chromium > /dev/null || $(call install,chromium,There is no browser to look at the pages with.)

# $(call install,PACKAGE,WHY): as root install it and say so; as anyone else name the one command, and fail.
install = { \
  if [ "$$(id -u)" = 0 ]; then \
    echo "$(2) Running apt-get install $(1)"; \
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1) > /dev/null; \
  else echo "$(2) Run: sudo apt-get install -y $(1)"; exit 1; fi; }
