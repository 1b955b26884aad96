# `make eval` and `make test` do all the set-up that they need.
PYTHON ?= python3
UV ?= uv
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
STAMP := .venv/.installed
# the oldest versions that pyproject.toml allows: what the skill says is true there, too
OLDEST := .venv-oldest/bin/python

.DELETE_ON_ERROR:
.PHONY: eval test bench runtimes check-installed kill-test real-model lint docs sarif-validator schemas lock build
.PHONY: clean verify-oldest

eval: $(STAMP)
	$(BIN)/harness eval

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

verify-oldest: .venv-oldest/.installed
	$(OLDEST) -m pytest -q -p no:cacheprovider tests/verification/test_shipped.py -k 'as_it_says or both_databases'

bench: $(STAMP)
	$(BIN)/python -m benchmarks.execution
	$(BIN)/python -m benchmarks.checking
	$(BIN)/python -m benchmarks.asking

# downloads some 200 MB into .venv/runtimes the first time, and needs npx
runtimes: $(STAMP)
	$(BIN)/python -m pytest tests/runtimes --runtimes-table docs/runtimes.md

check-installed: $(STAMP)
	CHECK_INSTALLED=all $(BIN)/python -m pytest tests/checking/test_installed.py

# some 10 minutes: 500 samples, killed ten times
kill-test: $(STAMP)
	$(BIN)/python -m tests.runs.killing

# a small model, really served; llama-cpp-python is compiled, for a quarter of an hour on one processor; not for this very
# processor, as virtual machines name instructions that then fail, and not from a cache, where such a build may lie
REAL := .venv/real-model
$(REAL)/.installed: benchmarks/requirements-real-model.txt
	$(PYTHON) -m venv --clear $(REAL)
	CMAKE_ARGS=-DGGML_NATIVE=off CMAKE_BUILD_PARALLEL_LEVEL=1 nice $(REAL)/bin/python -m pip \
	  --disable-pip-version-check --no-input --no-cache-dir --quiet install -r $<
	@touch $@

real-model: $(STAMP) $(REAL)/.installed
	$(BIN)/python -m tests.runs.real_model $(REAL)/bin/python

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/harness check

docs: $(STAMP)
	$(BIN)/python -c 'from pathlib import Path; from harness.reports.explained import pages; \
	  [Path("docs/criteria", name).write_text(text, encoding="utf-8") for name, text in pages().items()]'

sarif-validator: $(STAMP)
	npm install --silent --no-audit --no-fund --prefix .venv/sarif @microsoft/sarif-multitool-linux@5.7.0

schemas: $(STAMP)
	$(BIN)/python -c 'from harness.cases import schema_text; print(schema_text(), end="")' > case.schema.json.new
	mv case.schema.json.new evals/cases/case.schema.json

lock:
	$(UV) pip compile --universal --generate-hashes --group dev --quiet --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile --universal --generate-hashes --resolution lowest-direct --quiet --no-header pyproject.toml \
	  -o requirements-oldest.lock
	for each in tests/runtimes/locks/*.in; do \
	  $(UV) pip compile --universal --generate-hashes --no-annotate --quiet --no-header --python-version 3.11 \
	    $$each -o $${each%.in}.txt || exit 1; done

build: $(STAMP)
	$(BIN)/python -m hatchling build

clean:
	rm -rf .venv .venv-oldest dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || \
	  { echo "$(PYTHON) cannot make virtual environments: on Debian, install python3-venv" >&2; exit 1; }
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv-oldest/.installed: requirements-oldest.lock pyproject.toml
	$(PYTHON) -m venv --clear .venv-oldest
	$(OLDEST) -m pip --disable-pip-version-check --no-input --quiet install --require-hashes --no-deps --no-compile \
	  -r requirements-oldest.lock
	$(OLDEST) -m compileall -q -j 2 -x '/(numpy|scipy|pip|setuptools)/' .venv-oldest/lib
	@touch $@
