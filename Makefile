# Every target sets up what it needs; `make help` lists them. Needs Python 3.13, Node 20 or newer, and make.
.DEFAULT_GOAL := help
.PHONY: help install test demo serve soak faults fuzz-api bench shapes texts pictures format pins clean python node chromium openssl

PYTHON := .venv/bin/python
PIP := -m pip install --quiet --disable-pip-version-check
PIP_COMPILE := .venv/bin/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--no-header --no-annotate

# Under pyenv the name python3.13 can exist and yet not run, so each candidate is asked for its version.
FIND_PYTHON := for candidate in python3.13 python3 python; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null && break; candidate=; done

# Made by the recipes below; each is older than the pins it was installed from when those change.
VENV := .venv/.installed
NODE_MODULES := local/node_modules/.installed
CHECKOV := .venv-checkov/.installed

help:  ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

install: $(VENV) $(NODE_MODULES) $(CHECKOV) chromium openssl  ## Install everything that the other targets use

test: install  ## The whole gate; PARTS="unit lint" runs only these
	@$(PYTHON) tests/run.py $(PARTS)

demo: $(VENV) $(NODE_MODULES)  ## Tell the story in the terminal; REPORT=file.json CALENDAR=my.ics
	@$(PYTHON) -m local.demo $(if $(REPORT),--report "$(REPORT)") $(if $(CALENDAR),--calendar "$(CALENDAR)")

serve: $(VENV) $(NODE_MODULES)  ## Leave the local stack running; HOST=func uses Core Tools
	@$(PYTHON) -m local.serve $(if $(HOST),--host "$(HOST)")

soak: $(VENV)  ## Simulate for hours, other runs each time; SECONDS=3600 SEED=7
	@$(PYTHON) -m tests.simulation.soak "$(SECONDS)" "$(SEED)"

faults: $(VENV)  ## Plant fifteen faults in a copy of the code, one at a time: the simulation finds each
	@$(PYTHON) -m tests.faults $(FAULTS)

fuzz-api: $(VENV) $(NODE_MODULES)  ## Try the whole product API with generated requests; SECONDS=600 SEED=1
	@$(PYTHON) -m tests.fuzz $(if $(SECONDS),--seconds "$(SECONDS)") $(if $(SEED),--seed "$(SEED)")

bench: $(VENV) $(NODE_MODULES)  ## Measure what it costs, beside the floor; PARTS=drain has ten thousand notifications
	@$(PYTHON) -m benchmarks $(PARTS)

shapes: $(VENV)  ## Check the stand-in's JSON Schemas against a folder of documented answers; EXAMPLES=dir
	@test -n "$(EXAMPLES)" || { echo "Say which folder: make shapes EXAMPLES=dir"; exit 2; }
	@$(PYTHON) -m tests.contract.shapes "$(EXAMPLES)"

texts: $(VENV)  ## Bring the pages' French up to date with their texts, and list what is not translated yet
	@$(PYTHON) -m local.texts

pictures: $(VENV) $(NODE_MODULES) chromium  ## Take pictures of every page in every state; PAGES="policy review_"
	@$(PYTHON) -m tests.browser.pictures $(PAGES)

format: $(VENV)  ## Format the code and mend what ruff can
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

pins: $(VENV)  ## Resolve the declared dependencies anew into the requirements files
	@$(PIP_COMPILE) -o requirements.txt pyproject.toml
	@$(PIP_COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	@$(PIP_COMPILE) -o infra/checkov-requirements.txt infra/checkov-requirements.in

clean:  ## Remove everything that was installed or generated
	rm -rf .venv .venv-checkov .local .ruff_cache .hypothesis local/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(FIND_PYTHON); test -n "$$candidate" || { echo "Python 3.13 is missing: install it, or select it with pyenv."; exit 1; }

node:
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null \
		|| { echo "Node 20 or newer with npm is missing: Azurite, the local storage, runs on it."; exit 1; }

$(VENV): requirements.txt requirements-dev.txt | python
	@echo "Installing Python packages into .venv (about two minutes the first time)"
	@$(FIND_PYTHON); test -x $(PYTHON) || $$candidate -m venv .venv
	@$(PYTHON) $(PIP) -r requirements.txt -r requirements-dev.txt
	@touch $@

$(NODE_MODULES): local/package-lock.json | node
	@echo "Installing Azurite and axe-core into local/node_modules (about half a minute)"
	@cd local && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# An environment of its own, because checkov pins its dependencies tightly.
$(CHECKOV): infra/checkov-requirements.txt | python
	@echo "Installing checkov into .venv-checkov (about a minute)"
	@$(FIND_PYTHON); test -x .venv-checkov/bin/python || $$candidate -m venv .venv-checkov
	@.venv-checkov/bin/python $(PIP) -r infra/checkov-requirements.txt
	@touch $@

# Debian's package where that can be installed, else the browser that there is, else the one that Playwright brings.
# The one without a window takes half of the time that the one with does, which draws its own even where nobody sees it.
chromium: $(VENV)
	@if command -v chromium-headless-shell >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
		&& echo "Installing chromium-headless-shell for the browser tests" && apt-get update -qq \
		&& DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null; then :; \
	elif command -v chromium >/dev/null; then :; \
	else $(PYTHON) -m playwright install chromium >/dev/null 2>&1 \
		|| { echo "chromium is missing: the browser tests need it (on Debian: apt-get install chromium-headless-shell)."; exit 1; }; fi

openssl:
	@if command -v openssl >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing openssl for the test of infra/new-token-key.sh"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssl >/dev/null; \
	else echo "openssl is missing: the test of infra/new-token-key.sh needs it (on Debian: apt-get install openssl)."; exit 1; fi
