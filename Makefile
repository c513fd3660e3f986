# `make run` serves the dashboard, `make test` checks it, `make proof` runs the checks that are long. Each makes .venv on first use.

PYTHON ?= python3
PORT ?= 8501
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test proof trial load audit clean

# Bound to this machine, and deaf to other names for it: a page of another site cannot talk to it.
run: $(VENV)/.runtime
	@$(BIN)/streamlit run streamlit_app.py --server.address localhost --server.port $(PORT) \
		--server.allowedHosts localhost --server.allowedHosts 127.0.0.1

test: $(VENV)/.dev
	@$(BIN)/ruff check
	@$(BIN)/mypy --num-workers $(WORKERS)
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not proof and not trial"

# What is a proof rather than a check, and takes long: the tests with the marker `proof`.
proof: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m proof

# The whole trial of the diagnosis, and that of the advice; `make proof` has the crowd that no rule was tuned on.
trial: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m trial

# What a class of a hundred does to a server, in a few minutes; `make proof` has a short version. SCENARIO="arrive same" runs some of it.
load: $(VENV)/.dev
	@$(BIN)/python -m tests.load $(SCENARIO)

# Known vulnerabilities of what is installed: what the requirements pin, and what that brings along.
audit: $(VENV)/.dev
	@$(BIN)/pip-audit --progress-spinner off

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say which requirements are installed; a changed file installs again.
$(VENV)/.runtime: requirements.txt | $(BIN)/pip
	@echo "installing the packages of requirements.txt ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(BIN)/pip
	@echo "installing the packages of requirements-dev.txt ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Lossbench needs Python 3.11 or newer, and '$(PYTHON)' is not: try  make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
