PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := run
.PHONY: run venv messages

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

# Collects the texts of the interface and compiles their translations; needs GNU gettext (Debian: apt install gettext).
messages: venv
	$(VENV)/bin/python locale/make.py

# Everything that CI runs: lint, types, migrations, deployment check, all tests on SQLite, then on PostgreSQL and Redis.
.PHONY: test lint test-sqlite test-browser test-postgres browser axe
# Two at a time: the browser tests mostly wait. Each shows what it has to say when it ends.
test: venv-test browser axe lint
	@$(MAKE) --no-print-directory --jobs=2 --keep-going --output-sync=target test-browser test-sqlite test-postgres

TEST_STAMP := $(VENV)/.installed-test
.PHONY: venv-test
venv-test: venv $(TEST_STAMP)

# The neural stack comes first and pinned, so that nothing pulls another build of it.
$(TEST_STAMP): $(STAMP)
	@echo "Installing the neural stack and the test tools ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c requirements.txt torch
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $(TEST_STAMP)

# Debian's Chromium, where it is missing and may be installed; otherwise the browser tests say what they lack.
browser:
	@bash .ci/browser

# The checker of accessibility, for its tests; likewise.
axe:
	@bash .ci/axe

lint: venv-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy annotator projection
	@bash .ci/eslint
	$(VENV)/bin/python manage.py makemigrations --check --dry-run
	SITE_URL=https://crossgloss.example CELERY_BROKER_URL=redis://localhost:6379/0 $(VENV)/bin/python manage.py check --deploy --fail-level WARNING

test-sqlite: venv-test
	$(VENV)/bin/python -m pytest --ignore=tests/browser

test-browser: venv-test
	$(VENV)/bin/python -m pytest tests/browser

# The application's own tests once more on the real servers; skipped with a word where none is reachable.
test-postgres: venv-test
	@$(VENV)/bin/python -m tests.services; case $$? in \
	  75) exit 0;; 0) ;; *) exit 1;; esac; \
	  DATABASE_URL=$${TEST_DATABASE_URL:-postgresql://postgres@127.0.0.1:5432/postgres} \
	  CELERY_BROKER_URL=$${TEST_BROKER_URL:-redis://127.0.0.1:6379/0} \
	  $(VENV)/bin/python -m pytest tests/annotator -m "not whole_app"
