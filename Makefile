# Gada. `make` alone lists what it can do.

PYTHON ?= python3
SEED ?= 1
SERVE ?= 1
IN_VENV := .venv/bin/python
PYTEST := $(IN_VENV) -m pytest
# Tests at a time. Two is what the machines that we promise for have.
JOBS ?= 2
SIDE_BY_SIDE := -n $(JOBS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo serve story test test-sqlite test-postgres check tidy bench docs migrations lock check-windows

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv from the lock (about a minute the first time)
	@$(PYTHON) scripts/set_up.py

demo: setup ## Two agencies, one people: run the story, then serve both nodes (SERVE=0: stop after the table; SEED=n)
	@$(IN_VENV) -m gada.story demo --seed $(SEED) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

serve: setup ## Start both nodes of the last demo again, with their data
	@$(IN_VENV) -m gada.story serve

story: setup ## The same story with real prints: make story PRINTS=DIR (IMAGES=n reads at most n)
	@test -n "$(PRINTS)" || { echo "Say where the prints are: make story PRINTS=DIR"; exit 2; }
	@$(IN_VENV) -m gada.story prints "$(PRINTS)" $(if $(IMAGES),--most-images $(IMAGES))

setup-test:
	@$(PYTHON) scripts/set_up.py --test
	@$(IN_VENV) scripts/install_test_tools.py

test: setup-test ## Everything: unit, property, browser, on SQLite and on PostgreSQL
	$(PYTEST) $(SIDE_BY_SIDE) $(TESTS)
	$(PYTEST) $(SIDE_BY_SIDE) --database=postgres $(TESTS)

test-sqlite: setup-test ## The first half of `make test`: everything, on SQLite
	$(PYTEST) $(SIDE_BY_SIDE) $(TESTS)

test-postgres: setup-test ## The second half: what touches the database, on PostgreSQL
	$(PYTEST) $(SIDE_BY_SIDE) --database=postgres $(TESTS)

check: ## Style, types, the ladder, the architecture tests: quick, before each commit
	@$(PYTHON) scripts/set_up.py --test
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m mypy
	$(PYTEST) -q tests/architecture

tidy: ## Mend what ruff can mend and break lines that are too long (FILES=... for some)
	@$(PYTHON) scripts/set_up.py --test
	@$(IN_VENV) scripts/tidy.py $(FILES)

bench: ## Measure speed and accuracy; writes what it found into bench/results/ (ONLY=name for one)
	@$(PYTHON) scripts/set_up.py --test
	$(IN_VENV) -m bench.run $(ONLY)

docs: setup ## Write docs/actions.md and docs/refusals.md anew from the code
	$(IN_VENV) scripts/write_docs.py

migrations: setup ## Write the migrations that changed models ask for
	DATABASE_URL=sqlite://:memory: DJANGO_SETTINGS_MODULE=gada.project.settings $(IN_VENV) -m django makemigrations

lock: ## Write requirements/*.txt anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(PYTHON) scripts/set_up.py --test
	$(IN_VENV) scripts/lock.py $(if $(UPGRADE),--upgrade)

check-windows: ## Every package of a node has a wheel for Windows (asks the package index)
	@$(PYTHON) scripts/set_up.py --test
	$(IN_VENV) scripts/check_windows_lock.py
