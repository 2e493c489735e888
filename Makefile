PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := run
.PHONY: run venv

# Starts everything on this machine: web server, worker, database; prints a login link. Ctrl-C stops it.
# Variables come from the environment and, where there is one, from the file .env (see .env.example).
run: venv
	@if [ -f .env ]; then set -a; . ./.env; set +a; fi; exec $(VENV)/bin/python manage.py serve

# What `make run` needs, and nothing that has to be compiled.
venv: $(STAMP)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Run: make PYTHON=/path/to/python3.11"; exit 1; }
	@[ -x $(VENV)/bin/python ] || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a minute the first time) ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.txt -e '.[web]'
	@touch $(STAMP)
