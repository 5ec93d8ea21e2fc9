# `make help` lists what there is to do. Everything runs in the virtual environment .venv, made on the way.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# Figures and keys of this machine must not reach what is compared.
CLEAN := env -u GOOGLE_API_KEY -u GEMINI_API_KEY -u GOOGLE_GEMINI_BASE_URL
# Processes that share the tests, a file in one of them; JOBS=0 runs all in one. Half of the time they wait.
JOBS ?= $(shell $(PYTHON) -c "import os; print(min((os.cpu_count() or 1) + 1, 6))")
PYTEST := $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations 10
# ORDER=7 shuffles the tests; the same number, the same order.
SHUFFLE := $(if $(ORDER),--random-order --random-order-seed=$(ORDER))
SEED := $(shell $(PYTHON) -c "import random; print(random.randrange(1, 2**32))")
LESSONS := $(sort $(wildcard notebooks/*.ipynb))
NBVAL := $(CLEAN) $(BIN)/pytest --nbval --nbval-current-env

.DEFAULT_GOAL := help
.PHONY: help demo test forth back stacks check unit lint format fuzz hooks notebooks samples record reference picture
.PHONY: bench dist clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/lab ## open the quickstart notebook in JupyterLab
	$(BIN)/jupyter lab $(ROOT) $(LAB_OPTIONS) notebooks/01_quickstart.ipynb

test: lint ## everything: linters, types, all tests, the lessons in both orders (ORDER=7 shuffles)
	$(PYTEST) $(SHUFFLE)
	$(MAKE) --no-print-directory --jobs 2 --output-sync forth back

forth: $(VENV)/test
	$(NBVAL) $(LESSONS)

# No lesson may depend on another.
back: $(VENV)/test
	$(NBVAL) $(shell ls -r $(LESSONS))

stacks: $(VENV)/test ## the wheel in Colab's stack, the oldest and the newest (STACK=lowest tries one, see tests/stacks)
	$(BIN)/python -m tests.stacks --jobs $(JOBS) $(STACK)

check: lint unit ## the quick part while you work: linters, types, tests without kernels and browsers

unit: $(VENV)/test
	$(PYTEST) -m "not slow and not browser and not fuzz" $(SHUFFLE)

fuzz: $(VENV)/test ## random tests with a new seed and more cases (SEED=7 repeats one)
	GEMINI_MAGIC_FUZZ=$(SEED) $(PYTEST) -m "fuzz or hypothesis" --hypothesis-seed=$(SEED)

lint: $(VENV)/test ## linters and types, as pre-commit runs them
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/test ## let ruff sort imports and format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

hooks: $(VENV)/test ## run `make lint` before each commit
	$(BIN)/pre-commit install

notebooks: $(VENV)/test ## run the lessons on what is recorded, and save their outputs
	$(BIN)/python notebooks/samples/record.py --replay

samples: $(VENV)/test ## record the sample replies of notebooks/samples anew, and save the outputs
	$(BIN)/python notebooks/samples/record.py

record: $(VENV)/test ## record Gemini's own replies instead: needs a key, costs a few US cents
	$(BIN)/python notebooks/samples/record.py --live

reference: $(VENV)/test ## write docs/reference.md from the parsers, traits and docstrings
	$(BIN)/python -m gemini_magic reference > docs/reference.md.new
	mv docs/reference.md.new docs/reference.md

picture: $(VENV)/picture ## film a cell for the README; look at it
	$(CLEAN) $(BIN)/python -m docs.make_picture

bench: $(VENV)/test ## measure; see bench/README.md (BENCH_OPTIONS="--parts load" measures a part)
	$(CLEAN) $(BIN)/python -m bench $(BENCH_OPTIONS)

dist: $(VENV)/dist ## the sdist and the wheel, checked; docs/releasing.md says what comes before and after
	rm -rf dist
	$(BIN)/python -m build --quiet --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/python -m tests.release

clean: ## remove the environment and what tools have left
	rm -rf $(VENV) .stacks build dist .mypy_cache .ruff_cache .hypothesis

$(VENV)/lab $(VENV)/test $(VENV)/picture $(VENV)/dist: $(VENV)/%: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/pip install --quiet --editable '.[$*]'
	touch $@

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
