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

assure: check
	@$(BIN)/docent bench first-light

clean:
	rm -rf $(VENV) docent-demo
