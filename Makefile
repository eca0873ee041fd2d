# Two commands on a fresh machine: make demo, make test. Everything else: make check, make assure.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check assure lint clean

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Docent needs Python 3.11 or newer; found $$($(PYTHON) --version). Try: make PYTHON=python3.11 demo"; exit 1; }
	@echo "Making the environment in $(VENV) (once; several minutes, about 2.5 GB)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[all]"
	@touch $(READY)

demo: $(READY)
	@$(BIN)/docent demo docent-demo

test: $(READY)
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test

# The longer programme: every zero beside a broken build that must be caught. An hour and more on two cores.
assure: check
	$(BIN)/docent bench first-light
	$(BIN)/docent bench catalog
	$(BIN)/docent bench identity --cases evals/data/identity_pairs.json
	$(BIN)/docent bench identity --cases evals/data/identity_set_aside.json | head -c 400
	$(BIN)/docent bench access
	$(BIN)/docent bench audit
	$(BIN)/docent bench erase
	$(BIN)/docent bench kills
	$(BIN)/docent bench damage
	$(BIN)/docent bench graph
	$(BIN)/docent bench hostile
	$(BIN)/docent bench injection
	$(BIN)/docent bench faults

clean:
	rm -rf $(VENV) docent-demo
