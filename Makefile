# Each target brings what it needs: Python 3.11, make and a package registry are enough.
# One environment, one lock: what a later target adds never changes what an earlier one installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export UV_PYTHON_DOWNLOADS := never
# Every package is held to the versions and hashes of requirements.lock, the build's own included.
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --build-constraint requirements.lock
OUT ?= owed-demo

.PHONY: demo serve test lint bench conformance lock clean help
help:
	@echo "make demo         the whole chain on made-up residents, in about a minute"
	@echo "make serve        the demo, then its pages on 127.0.0.1 to click by hand"
	@echo "make test         every test (brings a browser)"
	@echo "make lint         ruff and mypy"
	@echo "make bench        the figures, as ratios inside one run"
	@echo "make conformance  real records and providers' own descriptions: DATA=folder"

demo: $(VENV)/.runtime
	$(BIN)/owed -w $(OUT) demo

serve: $(VENV)/.runtime
	$(BIN)/owed -w $(OUT) demo --serve

test: $(VENV)/.test
	@$(BIN)/python -m tests.bring_browser
	$(BIN)/python -m tests.run $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test
	$(BIN)/python -m bench $(ARGS)

conformance: $(VENV)/.test
	OWED_CONFORMANCE_DATA="$(DATA)" $(BIN)/python -m pytest tests/conformance

lock: $(VENV)/.uv
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--upgrade pyproject.toml --group test --group judges --group lint --group build -o requirements.lock

clean:
	rm -rf $(VENV) $(OUT)

$(VENV)/.uv: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Owed needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -c 'import re; print(re.search(r"^uv==(?:.*\\\n)*.*\n", open("requirements.lock").read(), re.M)[0])' > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt
	@touch $@

$(VENV)/.runtime: $(VENV)/.uv pyproject.toml
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime
	$(INSTALL) --group test --group judges --group lint
	@touch $@
