# run: start both sides · demo: the same with people who can sign in, for trying out · test: all tests
# thorough: the same, every page at every door · check: form, types, imports, files · bench: how fast
# kill: two hundred falls, nothing lost (some ten minutes)
# Needs Python 3.11 or newer, with pip; the rest is fetched by hash into .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := run
VENV := .venv
PY := $(VENV)/bin/python
PURE := $(wildcard tests/rules tests/secrecy tests/vectors)
# What takes longest comes first, so that no worker is left alone with it in the end.
LONG := $(wildcard tests/trips tests/records)
DJANGO := $(LONG) $(filter-out $(PURE) $(LONG) tests/browser tests/bench tests/vignettes tests/__pycache__, \
	$(patsubst %/,%,$(wildcard tests/*/))) $(wildcard tests/test_*.py)
# Two at a time, whole files: tests of one file share what runs for them.
TWO := -n 2 --dist loadfile --no-loadscope-reorder
# Those that look at the moment in which a page goes away run alone; the others two at a time.
BROWSER_ALONE := $(wildcard tests/browser/test_leaving.py tests/browser/test_profile.py)
BROWSER_LONG := $(wildcard $(patsubst %,tests/browser/test_%.py,trip two_people handing_over axe_library talk desk sealing))
BROWSER := $(BROWSER_LONG) $(filter-out $(BROWSER_ALONE) $(BROWSER_LONG),$(wildcard tests/browser/test_*.py))

.PHONY: run demo test thorough check bench kill python run-packages test-packages check-packages browser

run: run-packages
	@exec $(PY) -m voordeur run

demo: run-packages
	@exec $(PY) -m voordeur demo

# Three runs or four, each with its own closing line; a part that fails does not hide the others.
# The many servers that tests start share what each would work out anew at its first start.
test: export VOORDEUR_CACHE = $(CURDIR)/$(VENV)/kept
test: test-packages browser
	@failed=0; mkdir -p "$$VOORDEUR_CACHE"; \
	has_tests() { [ -n "$$(find "$$@" -name 'test_*.py' 2>/dev/null | head -n 1)" ]; }; \
	if has_tests $(PURE) none; then \
		echo "tests without Django"; \
		$(PY) -m pytest -q -n 2 --dist worksteal -p no:django -W ignore::pytest.PytestConfigWarning $(PURE) || failed=1; \
	fi; \
	if [ -n "$(BROWSER)" ]; then \
		echo "tests in a browser"; $(PY) -m pytest -q $(TWO) $(BROWSER) || failed=1; \
	fi; \
	if [ -n "$(BROWSER_ALONE)" ]; then \
		echo "tests of leaving, in a browser"; $(PY) -m pytest -q $(BROWSER_ALONE) || failed=1; \
	fi; \
	if has_tests $(DJANGO) none; then \
		echo "all other tests"; $(PY) -m pytest -q $(TWO) $(DJANGO) || failed=1; \
	fi; \
	exit $$failed

thorough:
	@VOORDEUR_TESTS=thorough $(MAKE) --no-print-directory test

check: check-packages
	@failed=0; \
	step() { printf '%s\n' "$$1"; shift; "$$@" || failed=1; }; \
	step "form (ruff format)" $(PY) -m ruff format --check -q voordeur tests; \
	step "mistakes (ruff check)" $(PY) -m ruff check -q voordeur tests; \
	step "types (mypy)" $(PY) -m mypy; \
	step "imports (import-linter)" $(VENV)/bin/lint-imports --no-cache --no-logo; \
	step "directory files" $(VENV)/bin/voordeur directory check --quiet; \
	step "library files" $(VENV)/bin/voordeur library check --quiet; \
	step "doors" $(VENV)/bin/voordeur door check --quiet; \
	if [ -n "$$(find tests/house -name 'test_*.py' 2>/dev/null | head -n 1)" ]; then \
		step "the laws of the house" $(PY) -m pytest -q tests/house; \
	fi; \
	exit $$failed

bench: test-packages
	@$(PY) -m tests.bench

kill: test-packages
	@$(PY) -m tests.trips.test_killing

# The first Python that is new enough and can make a virtual environment.
python:
	@if [ -x $(PY) ] && $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exit 0; fi; \
	for name in python3 python3.13 python3.12 python3.11 python; do \
		if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed, and none was found; install it from your system or python.org." >&2; exit 1; \
	fi; \
	printf 'virtual environment … '; began=$$(date +%s); rm -rf $(VENV); \
	if ! "$$found" -m venv $(VENV) >/dev/null 2>&1; then \
		rm -rf $(VENV); echo; \
		echo "$$found cannot make a virtual environment; install its venv module (Debian, Ubuntu: python3-venv)." >&2; exit 1; \
	fi; \
	echo "$$(( $$(date +%s) - began )) s"

# $(1): which list. Installs only when the list, or how the project is built, changed since the last time.
define packages
	@want="$$(cat requirements/$(1).txt pyproject.toml | cksum)"; stamp=$(VENV)/installed-$(1); \
	if [ "$$(cat $$stamp 2>/dev/null)" = "$$want" ] && [ -x $(VENV)/bin/voordeur ]; then exit 0; fi; \
	printf 'packages to $(1) … '; began=$$(date +%s); rm -f $$stamp; \
	$(PY) -m pip install -q --no-input --disable-pip-version-check --require-hashes -r requirements/$(1).txt || exit 1; \
	$(PY) -m pip install -q --no-input --disable-pip-version-check --no-deps --no-build-isolation -e . || exit 1; \
	printf '%s\n' "$$want" > $$stamp; echo "$$(( $$(date +%s) - began )) s"
endef

run-packages: python
	$(call packages,run)

test-packages: run-packages
	$(call packages,test)

check-packages: run-packages
	$(call packages,check)

# The browser tests need a Chromium of the system; on Debian as root it is fetched, elsewhere they are skipped.
browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		if command -v $$name >/dev/null 2>&1; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null 2>&1; then \
		printf 'Chromium … '; began=$$(date +%s); \
		if { apt-get update && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y --no-install-recommends chromium w3m; } >/dev/null 2>&1 </dev/null; then \
			echo "$$(( $$(date +%s) - began )) s"; exit 0; \
		fi; echo; \
	fi; \
	echo "No Chromium was found: the browser tests are skipped."
