# The whole workflow. `make demo` and `make test` need nothing but Python 3.11 or later.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FILTER := src/Lutil/checkpoints/observe/_audit.c

.PHONY: compiled demo test test-quick test-interpreter test-hook test-portable test-oldest test-long test-torch test-wild test-scripts test-engines test-s3 test-azure check check-pyright bench bench-field docs html pictures release-check test-wheel clean

$(VENV)/.ready: pyproject.toml setup.py $(FILTER)
	@echo "setting up $(VENV), about a minute"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

$(VENV)-demo/.ready: pyproject.toml setup.py $(FILTER)
	@echo "setting up $(VENV)-demo, half a minute"
	$(PYTHON) -m venv $(VENV)-demo
	$(VENV)-demo/bin/python -m pip install --quiet --editable '.[demo]'
	touch $@

# Tests start some thousand processes, and where PYTHONDONTWRITEBYTECODE is set each would compile all that it loads.
compiled: $(VENV)/.ready
	@$(BIN)/python -m compileall -q src

demo: $(VENV)-demo/.ready     ## a pipeline on real data, run again and again: what skips, what recomputes and why
	$(VENV)-demo/bin/python examples/demo.py

test: compiled                ## what must pass before anything lands (minutes)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not long'

test-quick: compiled          ## some tests of each file, for the inner loop (a minute)
	$(BIN)/python -m pytest -q -n auto --quick -m 'not long'

# What follows from libraries, files, users and locks is the same under every Python.
test-interpreter: compiled    ## what depends on the interpreter: byte code, frames, values, what the standard library does
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not long' tests/code tests/codec tests/frame tests/observe \
		$(foreach file,house decorator inline function_like map map_async keep_if settings tools,tests/test_$(file).py) \
		tests/fingerprint/test_conformance.py tests/fingerprint/test_walker.py tests/fingerprint/test_after_states.py \
		$(foreach chapter,compiled consumables p1_effects p1_never_stale p1_observed p1_unnamed p2_beside_the_value p3_nothing_is_forgotten \
		p7_a_hit_looks_like_a_run p7_graphs p7_what_has_no_order p9_interrupts p9_never_in_the_way p9_process_is_the_users p9_reentrancy,\
		tests/promises/test_$(chapter).py)

test-long: compiled           ## kill storms and thousands of generated programs
	$(BIN)/python -m pytest -q -n auto --dist loadfile --hypothesis-profile=others

test-hook: compiled           ## what is observed, with the audit hook in Python, as where there is no compiler
	LUTIL_FILTER_EXPECTED= LUTIL_NO_EXTENSIONS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not long' tests/observe

# Where a call is missing that only POSIX has, another way has to be there: see docs/platforms.md.
PORTABLE := $(CURDIR)/tests/portable
test-portable: $(VENV)/.ready ## a part of the suite in a Python without os.fork, fcntl and the like
	PORTABLE=$(PORTABLE) PYTHONPATH=$(PORTABLE) $(BIN)/python -m pytest -q -n auto --dist loadfile --tb=native -p portable_plugin -W ignore::pytest.PytestUnraisableExceptionWarning -m 'not long' \
		tests/codec tests/store tests/observe tests/test_decorator.py tests/test_inline.py tests/test_settings.py \
		$(foreach chapter,p3_nothing_is_forgotten p4_whole_or_absent p7_a_hit_looks_like_a_run p7_written_files p9_never_in_the_way,\
		tests/promises/test_$(chapter).py)

test-torch: $(VENV)/.ready    ## the tests that need torch, which is large, and what is beside them
	$(BIN)/python -m pip install --quiet torch
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m 'not long' tests/codec tests/fingerprint tests/observe tests/promises

$(VENV)-wild/.ready: pyproject.toml setup.py $(FILTER) tests/wild/values.py
	@echo "setting up $(VENV)-wild, some minutes: what does not install here is left out"
	$(PYTHON) -m venv $(VENV)-wild
	$(VENV)-wild/bin/python -m pip install --quiet --editable . pytest pytest-xdist hypothesis
	for package in $$($(PYTHON) tests/wild/values.py); do \
		$(VENV)-wild/bin/python -m pip install --quiet "$$package" || echo "$$package: not here"; done
	touch $@

test-wild: $(VENV)-wild/.ready ## 600 values of 67 libraries of the field through one table of checks (half an hour)
	WILD=1 $(VENV)-wild/bin/python -m pytest -q -n auto tests/wild

# pip unpacks a source distribution before it finds that nothing here can build it: the examples are what is wanted.
SCRIPTS := build/scripts
$(SCRIPTS)/.ready:
	mkdir -p $(SCRIPTS)
	for package in scikit-learn scikit-image lmfit networkx statsmodels; do \
		TMPDIR=$(CURDIR)/$(SCRIPTS) $(PYTHON) -m pip download --quiet --no-clean --no-build-isolation --no-deps \
			--no-binary $$package --dest $(SCRIPTS) $$package || echo "$$package is unpacked"; done
	touch $@

$(VENV)-scripts/.ready: pyproject.toml
	@echo "setting up $(VENV)-scripts, some minutes"
	$(PYTHON) -m venv $(VENV)-scripts
	$(VENV)-scripts/bin/python -m pip install --quiet --editable . scikit-learn scikit-image lmfit networkx statsmodels \
		matplotlib pandas seaborn pooch
	touch $@

test-scripts: $(VENV)-scripts/.ready $(SCRIPTS)/.ready ## example scripts of libraries with their cells as blocks, three times (an hour)
	$(VENV)-scripts/bin/python tests/scripts/harness.py $(SCRIPTS) build/scripts-cells --unit cells --take 70
	$(VENV)-scripts/bin/python tests/scripts/harness.py $(SCRIPTS) build/scripts-statements --unit statements --take 50

$(VENV)-engines/.ready: pyproject.toml setup.py $(FILTER)
	@echo "setting up $(VENV)-engines, about a minute"
	$(PYTHON) -m venv $(VENV)-engines
	$(VENV)-engines/bin/python -m pip install --quiet --editable '.[engines]'
	touch $@

# A cluster of Dask or Ray and a server of marimo take some ten seconds each to start, and 700 MB to install.
test-engines: $(VENV)-engines/.ready ## Dask, Ray, pools, notebooks of marimo and papermill, real ones (minutes)
	$(VENV)-engines/bin/python -m pytest -q tests/engines tests/promises/test_engines.py tests/fingerprint/test_dask.py tests/fingerprint/test_marimo.py \
		'tests/test_docs.py::test_the_python_examples_of_a_page_run_in_order_and_print_what_it_says[dask-and-ray.md]'

test-s3: $(VENV)/.ready       ## shared stores against Ceph's gateway, from Debian's packages radosgw, ceph-mon and ceph-osd
	@command -v radosgw ceph-mon ceph-osd >/dev/null || { echo "apt-get install radosgw ceph-mon ceph-osd" >&2; exit 1; }
	$(BIN)/python tests/store/radosgw.py $(BIN)/python -m pytest -q -m 'not long' tests/store/test_shared_faults.py tests/store/test_shared_programs.py

test-azure: $(VENV)/.ready    ## shared stores against Azurite, from npm
	npm install --silent --no-audit --no-fund --prefix $(VENV)-azurite azurite
	$(BIN)/python tests/store/azurite.py $(VENV)-azurite $(BIN)/python -m pytest -q tests/store/test_shared_azure.py

check: $(VENV)/.ready         ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check-pyright: $(VENV)/.ready ## what pyright sees of the public face: it brings a node of its own, which is large
	$(BIN)/python -m pip install --quiet basedpyright
	$(BIN)/basedpyright

docs: $(VENV)/.ready          ## every example of README and docs/ runs
	$(BIN)/python -m pytest -q tests/test_docs.py

$(VENV)-docs/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/python -m pip install --quiet --editable '.[docs]'
	touch $@

html: $(VENV)-docs/.ready     ## the pages, in docs/_build/html; a warning is an error
	$(VENV)-docs/bin/python -m sphinx -q -E -W --keep-going -b html docs docs/_build/html

pictures: $(VENV)/.ready      ## the pictures of the pages, from real runs; needs Chromium
	$(BIN)/python docs/pictures/make.py

$(VENV)-oldest/.ready: pyproject.toml tests/release/oldest.txt
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --editable . -r tests/release/oldest.txt \
		attrs hypothesis polars pydantic pytest pytest-randomly pytest-xdist toolz
	touch $@

# What numpy before 2 pickles of a generator is not all of it, so that one model of scikit-learn is another once unpickled.
test-oldest: $(VENV)-oldest/.ready ## values and storage with the oldest numpy, pandas and scikit-learn; needs Python 3.11 or 3.12
	$(VENV)-oldest/bin/python -m pytest -q -n auto --dist loadfile -m 'not long' \
		-W 'ignore:Passing a BlockManager:DeprecationWarning' -W 'ignore:PandasArray has:FutureWarning' tests/codec tests/fingerprint \
		--deselect 'tests/fingerprint/test_conformance.py::test_every_pair_of_the_suite_agrees_or_differs_as_it_must[sklearn]'

release-check: $(VENV)/.ready ## builds dist/, looks at what is in it, and installs it into an empty environment
	$(BIN)/python -m pip install --quiet build
	rm -rf dist
	$(BIN)/python -m build --outdir dist .
	RELEASE=$(CURDIR)/dist $(BIN)/python -m pytest -q tests/release

$(VENV)-bench/.ready: pyproject.toml setup.py $(FILTER)
	@echo "setting up $(VENV)-bench, two minutes"
	$(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --editable '.[bench]'
	touch $@

# The tests of the house and of the release look at the source; all others at what is installed.
test-wheel: $(VENV)/.ready    ## the suite against an installed wheel instead of this folder
	$(BIN)/python -m pip install --quiet build
	rm -rf dist $(VENV)-wheel
	$(BIN)/python -m build --wheel --outdir dist .
	$(PYTHON) -m venv $(VENV)-wheel
	$(VENV)-wheel/bin/python -m pip install --quiet "$$(ls $(CURDIR)/dist/*.whl)[test]"
	cd tests && $(CURDIR)/$(VENV)-wheel/bin/python -c "import Lutil; assert 'site-packages' in Lutil.__file__, Lutil.__file__"
	$(VENV)-wheel/bin/python -m pytest -q -n auto --dist loadfile -m 'not long' --ignore tests/test_house.py --ignore tests/release

bench: bench-field $(VENV)-bench/.ready ## ratios against peers and the physical floor, side by side in one run
	$(VENV)-bench/bin/python benchmarks/run.py

bench-field: $(VENV)-bench/.ready ## the field side by side: times and behaviour, into docs/field.md (half an hour)
	cd benchmarks && $(CURDIR)/$(VENV)-bench/bin/python -m field

clean:
	rm -rf $(VENV) $(VENV)-demo $(VENV)-wild $(VENV)-scripts $(VENV)-engines $(VENV)-azurite $(VENV)-docs $(VENV)-oldest $(VENV)-bench $(VENV)-wheel build dist docs/_build .Lutil-checkpoint $(FILTER:.c=.*.so)
