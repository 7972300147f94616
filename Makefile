# make install   make .venv and install everything into it
# make test      run the tests (installs first if needed); ARGS=... goes to pytest
# make lint      check the style and the types
# make fuzz      read 20,000 damaged files; make faults kills writers 200 times, and trainings
# make docs      build the site into docs/_build
# make demo      align the two sample clips; ARGS=... goes to demo/align_videos.py
# make lock      write requirements/lock*.txt anew, after a change of what is required
#
# PYTHON=/path/to/python3.11   another interpreter; if it has torch, .venv uses that torch
# INDEX_URL=...                another package index than the one pip is set up for

PYTHON ?= python3.11
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP := $(VENV_PYTHON) -m pip
INSTALLED := $(VENV)/installed
# Exactly what is locked, and only if it has one of the hashes there.
LOCKED := install --no-deps --only-binary=:all: --require-hashes

ifneq ($(INDEX_URL),)
export PIP_INDEX_URL := $(INDEX_URL)
endif

.PHONY: install test lint fuzz faults docs demo lock
.DELETE_ON_ERROR:

install: $(INSTALLED)

# A process for each core; in each, the tensors are so small that a second thread costs
# more than it computes.
test: export OMP_NUM_THREADS = 1
test: $(INSTALLED)
	$(VENV_PYTHON) -m pytest --numprocesses auto --dist worksteal $(ARGS)

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

UV := $(VENV)/bin/uv
LOCK := $(UV) pip compile --quiet --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --constraint requirements/constraints.txt

lock: $(INSTALLED)
	$(LOCK) setup.py --extra completion --extra demo --extra dev --extra docs \
		--extra cluster --extra export --extra library \
		requirements/mmpose.txt requirements/lock.in \
		--excludes requirements/torch.txt --output-file requirements/lock.txt
	$(LOCK) --no-deps requirements/no-deps.txt >> requirements/lock.txt
	echo mmcv-lite | $(LOCK) --no-deps - > requirements/lock-mmcv-lite.txt
	echo opencv-python-headless | $(LOCK) --no-deps - > requirements/lock-headless.txt

# A torch and an mmcv that are there already stay. OpenCV needs libGL, which a server may
# not have; its headless build, laid over it, does not.
$(INSTALLED): setup.py $(wildcard requirements/*.txt) | $(VENV_PYTHON)
	$(PIP) $(LOCKED) -r requirements/lock.txt
	$(VENV_PYTHON) -c 'import torch' 2>/dev/null || $(PIP) install \
		--constraint requirements/constraints.txt -r requirements/torch.txt
	$(VENV_PYTHON) -c 'import mmcv' 2>/dev/null || \
		$(PIP) $(LOCKED) -r requirements/lock-mmcv-lite.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(VENV_PYTHON) -c 'import cv2' 2>/dev/null || \
		$(PIP) $(LOCKED) --force-reinstall -r requirements/lock-headless.txt
	touch $@
