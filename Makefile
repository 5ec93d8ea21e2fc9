# make demo: JupyterLab on the quickstart notebook.  make test: everything that is checked.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# Figures and keys of this machine must not reach what is compared.
CLEAN := env -u GOOGLE_API_KEY -u GEMINI_API_KEY -u GOOGLE_GEMINI_BASE_URL
# They are run twice, the second time in reverse: no lesson may depend on another.
LESSONS := $(sort $(wildcard notebooks/*.ipynb))

.PHONY: demo test lint notebooks samples record reference picture bench clean

demo: $(VENV)/lab
	$(BIN)/jupyter lab $(ROOT) $(LAB_OPTIONS) notebooks/01_quickstart.ipynb

test: lint
	$(BIN)/pytest
	$(CLEAN) $(BIN)/pytest --nbval --nbval-current-env $(LESSONS)
	$(CLEAN) $(BIN)/pytest --nbval --nbval-current-env $(shell ls -r $(LESSONS))

lint: $(VENV)/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Runs the lessons on what is recorded and saves their outputs.
notebooks: $(VENV)/test
	$(BIN)/python notebooks/samples/record.py --replay

# Records the sample replies of notebooks/samples anew, and saves the outputs.
samples: $(VENV)/test
	$(BIN)/python notebooks/samples/record.py

# Records Gemini's own replies instead: needs a key (GEMINI_API_KEY, or a .env file), costs a few US cents.
record: $(VENV)/test
	$(BIN)/python notebooks/samples/record.py --live

# Writes docs/reference.md from the parsers, traits and docstrings.
reference: $(VENV)/test
	$(BIN)/python -m gemini_magic reference > docs/reference.md.new
	mv docs/reference.md.new docs/reference.md

# Films a cell for the README; see docs/make_picture.py.
picture: $(VENV)/picture
	$(CLEAN) $(BIN)/python -m docs.make_picture

# Measures; see bench/README.md. BENCH_OPTIONS="--parts load" measures a part.
bench: $(VENV)/test
	$(CLEAN) $(BIN)/python -m bench $(BENCH_OPTIONS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis

$(VENV)/lab $(VENV)/test $(VENV)/picture: $(VENV)/%: pyproject.toml | $(VENV)/pyvenv.cfg
	$(BIN)/pip install --quiet --editable '.[$*]'
	touch $@

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
