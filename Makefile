# The whole workflow. `make demo` and `make test` need nothing but Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test test-long check bench docs clean

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

demo: $(VENV)/.ready          ## a pipeline on real data, run again and again: what skips, what recomputes and why
	$(BIN)/python examples/demo.py

test: $(VENV)/.ready          ## what must pass before anything lands (minutes)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not long'

test-long: $(VENV)/.ready     ## kill storms and thousands of generated programs
	$(BIN)/python -m pytest -q -n auto --dist loadfile

check: $(VENV)/.ready         ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.ready          ## every example of README and docs/ runs
	$(BIN)/python -m pytest -q tests/test_docs.py

bench: $(VENV)/.ready         ## ratios against peers and the physical floor, side by side in one run
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) build dist .Lutil-checkpoint
