# One word each: make demo | test | check | bench | docs. Each makes its own environment when there is none.
#
#   PYTHON=python3.12 make test     with that interpreter
#   VENV=/tmp/env make test         in that environment
#   CORPUS=text.txt make bench      on that text instead of the bundled one
#   NEWSGROUPS=20news-bydate.tar.gz make bench      with those messages too

VENV ?= .venv
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := $(VENV)/bin
SHARED := --numprocesses auto --maxprocesses 4 --dist worksteal  # the tests, shared among the processors
NEWS := $(if $(NEWSGROUPS),--newsgroups $(NEWSGROUPS))

.PHONY: help demo test check bench docs clean

help:
	@echo "make demo    train on real text, evaluate, query, see"
	@echo "make test    run the tests"
	@echo "make check   lint, format and types"
	@echo "make bench   measure Firth beside its peers and rewrite the tables"
	@echo "make docs    run every block of the README and of docs/"
	@echo "make clean   remove what make made"

demo: $(VENV)/.has-base
	@mkdir -p build
	$(BIN)/firth demo -o build/demo.safetensors --force

test: $(VENV)/.has-test
	$(BIN)/python -m pytest $(SHARED)

check: $(VENV)/.has-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.has-bench
	$(BIN)/python benchmarks/reading.py $(CORPUS)
	$(BIN)/python benchmarks/tokenizing.py $(CORPUS)
	$(BIN)/python benchmarks/phrases.py $(CORPUS)
	$(BIN)/python benchmarks/skipgram.py $(CORPUS)
	$(BIN)/python benchmarks/ranking.py
	$(BIN)/python benchmarks/labels.py
	$(BIN)/python benchmarks/geometry.py
	$(BIN)/python benchmarks/align.py
	$(BIN)/python benchmarks/searching.py
	$(BIN)/python benchmarks/loading.py
	$(BIN)/python benchmarks/encoders.py
	$(BIN)/python benchmarks/columnvalues.py
	$(BIN)/python benchmarks/patches.py
	$(BIN)/python benchmarks/family.py $(CORPUS) --work build/family
	$(BIN)/python benchmarks/speed.py $(CORPUS) $(NEWS)
	$(BIN)/python benchmarks/tables.py

docs: $(VENV)/.has-test
	$(BIN)/python -m pytest tests/test_house_docs.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Firth needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "no virtual environment could be made; on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.has-base: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

# .has-test installs the extra "test", and so on.
$(VENV)/.has-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@
