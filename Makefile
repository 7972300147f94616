# make install   make .venv and install everything into it
# make test      run the tests (installs first if needed); ARGS=... goes to pytest
# make lint      check the style and the types
# make fuzz      read 20,000 damaged files; make faults kills writers 200 times, and trainings
# make docs      build the site into docs/_build
# make demo      align the two sample clips; ARGS=... goes to demo/align_videos.py
#
# PYTHON=/path/to/python3.11   another interpreter; if it has torch, .venv uses that torch
# INDEX_URL=...                another package index than the one pip is set up for

PYTHON ?= python3.11
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP := $(VENV_PYTHON) -m pip
INSTALLED := $(VENV)/installed
CONSTRAINTS := --constraint requirements/constraints.txt

ifneq ($(INDEX_URL),)
export PIP_INDEX_URL := $(INDEX_URL)
endif

.PHONY: install test lint fuzz faults docs demo
.DELETE_ON_ERROR:

install: $(INSTALLED)

# The tensors of the tests are small: a second thread costs more than it computes.
test: export OMP_NUM_THREADS = 1
test: $(INSTALLED)
	$(VENV_PYTHON) -m pytest $(ARGS)

lint: $(INSTALLED)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy

fuzz: $(INSTALLED)
	FUZZ=20000 $(VENV_PYTHON) -m pytest tests/fuzz $(ARGS)

faults: $(INSTALLED)
	FAULTS=200 $(VENV_PYTHON) -m pytest tests/faults $(ARGS)

docs: $(INSTALLED)
	$(VENV_PYTHON) -m sphinx -q -W --keep-going -b html docs docs/_build

demo: $(INSTALLED)
	$(VENV_PYTHON) demo/align_videos.py $(ARGS)

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	echo 'Expected Python 3.11 as $(PYTHON). Install it, or name it: make install PYTHON=/path/to/python3.11'; \
	exit 1; }
	@if $(PYTHON) -c 'import torch' 2>/dev/null; then site=--system-site-packages; fi; \
	$(PYTHON) -m venv $$site $(VENV)

# In this order: a torch and an mmcv that are there already stay, and what is installed
# with --no-deps comes last. OpenCV needs libGL, which a server may not have; its headless
# build, laid over it, does not.
$(INSTALLED): setup.py $(wildcard requirements/*.txt) | $(VENV_PYTHON)
	$(PIP) install $(CONSTRAINTS) setuptools
	$(VENV_PYTHON) -c 'import torch' 2>/dev/null || $(PIP) install -r requirements/torch.txt
	$(VENV_PYTHON) -c 'import mmcv' 2>/dev/null || $(PIP) install $(CONSTRAINTS) mmcv-lite
	$(PIP) install $(CONSTRAINTS) -r requirements/mmpose.txt \
		--no-build-isolation --editable '.[completion,demo,dev,docs,export]'
	$(PIP) install --no-deps -r requirements/no-deps.txt
	$(VENV_PYTHON) -c 'import cv2' 2>/dev/null || \
		$(PIP) install $(CONSTRAINTS) --no-deps --force-reinstall opencv-python-headless
	touch $@
