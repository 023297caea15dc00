# The front door. Each target sets up .venv by itself; Python 3.11 or later and make are all it needs.
#   make book [PARAMETERS="seed=2 profile=full"]   the site, in _build/html
#   make test    the book brought up to date, then the tests, the site's in a headless browser included
#   make lab     the chapters in JupyterLab        make serve   the site on http://localhost:8000
#   make audit   the ledger alone, as a report     make clean   remove _build
#   make pin     write the numbers that tables of the book show to tests/pins, where a test compares them
#   make verify [ONLY="15 17"] [CHECKS="twice kernels seeds kills"]
#                every chapter executed again, under other kernels and with other seeds, and compared
#   make distributed   the statements of chapter 12 on a distributed engine, in an environment of its own, and compared
PYTHON ?= python3
PARAMETERS ?=
ONLY ?=
CHECKS ?=
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.complete
DISTRIBUTED := .venv-distributed
export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP

.PHONY: book test lab serve audit pin verify distributed clean

book: $(STAMP)
	@$(RUN) -m replica.build book $(PARAMETERS)

test: book
	@$(RUN) -m pytest -n logical --dist loadscope --no-loadscope-reorder

lab: $(STAMP)
	@$(VENV)/bin/jupyter lab chapters

serve: book
	@$(RUN) -m http.server --bind localhost --directory _build/html 8000

audit: $(STAMP)
	@$(VENV)/bin/replica audit data/*/

pin: book
	@$(RUN) tests/pins/pin.py

verify: $(STAMP)
	@$(RUN) -m replica.build.verify $(if $(ONLY),--only $(ONLY)) $(if $(CHECKS),--checks $(CHECKS))
	@$(if $(ONLY)$(CHECKS),true,$(MAKE) --no-print-directory distributed)

distributed: $(DISTRIBUTED)/.complete
	@$(DISTRIBUTED)/bin/python tests/distributed/compare.py

clean:
	rm -rf _build

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed" if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) (once; some minutes)"
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --requirement requirements.txt
	@touch $@

$(DISTRIBUTED)/.complete: tests/distributed/requirements.txt
	@echo "setting up $(DISTRIBUTED) (once; a minute)"
	@test -x $(DISTRIBUTED)/bin/python || $(PYTHON) -m venv $(DISTRIBUTED)
	@$(DISTRIBUTED)/bin/python -m pip install --quiet --requirement tests/distributed/requirements.txt
	@touch $@
