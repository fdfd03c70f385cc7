# Needs Python 3.11 or newer and make. Everything is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help report test lint format notebooks docs sample clean

help: ## Show the targets
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | awk -F'|' '{ printf "make %-10s %s\n", $$1, $$2 }'

report: $(VENV)/base.stamp ## Make the report of the sample month in runs/
	$(BIN)/j2311 report --remits data/sample/835 --claims data/sample/claims.csv --month 2026-10 --out runs \
		|| test $$? -eq 1 # done with exceptions listed, as in any real month

test: lint ## Run every check and every test
	$(BIN)/python -m pytest -n auto

lint: $(VENV)/dev.stamp ## Check style, types and notebooks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify $(NOTEBOOKS))

format: $(VENV)/dev.stamp ## Put code and notebooks into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(if $(NOTEBOOKS),$(BIN)/nbstripout $(NOTEBOOKS))

notebooks: $(VENV)/base.stamp ## Open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

docs: $(VENV)/base.stamp ## Write the generated pages again
	$(BIN)/python docs/make_docs.py

sample: $(VENV)/base.stamp ## Write data/sample again
	$(BIN)/j2311 sample --out data/sample --months 18 --claims 800 --seed 1

clean: ## Remove the environment and caches; runs/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/base.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name it with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Installing into $(VENV): a few minutes, this once"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/base.stamp
	@echo "Installing the test tools"
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@
