# Tidewaiter: every command of the project. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORT ?= 8080
WORKERS ?= 3
LOCKED := --quiet --disable-pip-version-check --no-deps --require-hashes -r
# Several targets at once, what each says in one piece.
TOGETHER := --no-print-directory -j4 $(if $(filter output-sync,$(.FEATURES)),-O)
CHECKS := check-style check-types check-imports check-laws check-pages
# Compiled files are kept: the tests start hundreds of processes.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: onboard-proof fuzz-proof planted help setup check $(CHECKS) browser machine collected test coverage prove bench demo demo-onboard erp erp-walk erp-onboard serve docs fix lock mutants soak isolation fairness rolling faults prices against footprint conformance keywords corpus bench-diff lint-sample gate-table release-kills signed-attacks gate-reports clients clients-typescript node newcomer diff-tools compare-diff lint-tools compare-lint clean

help: ## what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv: the project editable, all extras, the development tools

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 2; }
	@test -x $(BIN)/pip || { rm -rf $(VENV); $(PYTHON) -m venv $(VENV); }
	@# the lock is whole: resolving it again lets pip wander to releases that it does not name; uv takes a quarter of pip's time
	@awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt
	$(BIN)/python -m pip install $(LOCKED) $(VENV)/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --require-hashes -r requirements.lock || \
	$(BIN)/python -m pip install $(LOCKED) requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

check: setup ## lint, types, imports, architecture, generated pages current
	@$(MAKE) $(TOGETHER) $(CHECKS)

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types:
	$(BIN)/mypy

check-imports:
	$(BIN)/lint-imports

check-laws:
	$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_architecture.py

check-pages:
	$(BIN)/python docs/generate.py --check

browser: ## Chromium for the tests of pages: Debian's package, where this may install it
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing chromium" >&2; export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -qq --no-install-recommends chromium >/dev/null && exit 0; \
	fi; \
	echo "no Chromium here: install it, or the tests of pages are skipped (on CI they fail)" >&2

node: setup ## Node and what writes TypeScript clients, for their tests: Debian's packages, where this may install them
	@command -v node >/dev/null && command -v npm >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing nodejs and npm" >&2; export DEBIAN_FRONTEND=noninteractive; \
	  apt-get update -qq && apt-get install -qq --no-install-recommends nodejs npm >/dev/null && exit 0; \
	fi; \
	echo "no Node here: install it, or the tests of TypeScript clients are skipped (on CI they fail)" >&2
	@$(BIN)/python -c 'from codegen.typescript.node import installed; installed()' 2>/dev/null || \
	$(BIN)/tidewaiter client --install-generator || \
	echo "the tests of TypeScript clients are skipped (on CI they fail)" >&2

# One after the other: both may install packages of the system.
machine:
	@$(MAKE) --no-print-directory browser
	@$(MAKE) --no-print-directory node

# Tests are compiled with their asserts once, beside the type checker, not in each worker.
collected:
	@$(BIN)/python -m pytest -qq -p no:cacheprovider --collect-only > $(VENV)/collected.txt || { tail -40 $(VENV)/collected.txt >&2; exit 1; }

# A file stays in one worker, so that what its tests share is made once; tests/conftest.py sets the order.
SUITES = $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/test_architecture.py \
  $(if $(REPORT),--junitxml $(REPORT))

test: setup ## check, then the suites (WORKERS=3; REPORT=file.xml)
	@$(MAKE) $(TOGETHER) $(CHECKS) machine collected
	$(SUITES)

coverage: setup browser node ## the suites, measured: lines and branches that they reach; takes half as long again
	$(SUITES) -m "not corpus" --cov --cov-report=term:skip-covered

prove: setup ## the issues' claims as commands, in a short form; FULL=1 for the whole
	$(BIN)/python bench/prove.py $(if $(FULL),--full)

mutants: setup ## take each step out in turn, switch each fault on: a named test must fail
	$(BIN)/python bench/mutants.py $(if $(FULL),--full)

soak: setup ## mixed calls against both systems: accounts, canaries, slopes (SECONDS_LONG=600)
	$(BIN)/python bench/soak.py --seconds $(or $(SECONDS_LONG),600)

isolation: setup ## companies that share a system, attacked from each other's side; judged by rows, canaries, comparison (ATTACKS=6000)
	$(BIN)/python bench/isolation.py --attacks $(or $(ATTACKS),6000)

rolling: setup ## reloads, killed workers, a suspension and a drain under load (RELOADS=50)
	$(BIN)/python bench/rolling.py --reloads $(or $(RELOADS),50)

faults: setup ## labelled answers of each product judged; faulty calls, each write counted at the system (CALLS=20000)
	$(BIN)/python bench/faults.py --calls $(or $(CALLS),20000)

fairness: setup ## a greedy and a modest consumer before a vendor's real limits; two workers, one budget (FULL=1: six minutes)
	$(BIN)/python bench/fairness.py $(if $(FULL),--full)

bench: setup ## the gateway beside nginx in one run; writes bench/results/ and docs/performance.md
	$(BIN)/python bench/throughput.py $(if $(FULL),--full)

against: setup ## this tree beside an earlier commit in one run: make against REV=commit
	$(BIN)/python bench/against.py $(or $(REV),$(error REV=commit is missing))

prices: setup ## what single parts of a call cost: pins, capacity, Valkey, a second worker; writes docs/prices.md
	$(BIN)/python bench/prices.py $(if $(FULL),--full)

footprint: setup ## size of an installation, time to the first answer, idle memory
	$(BIN)/python bench/footprint.py

conformance: setup ## the JSON Schema test suite through the compiled path (fetched once with a pinned hash)
	$(BIN)/python bench/conformance.py

corpus: setup ## documents from outside as vendors ship them: what cannot be judged and why, time, memory (TIDEWAITER_CORPUS)
	$(BIN)/python bench/corpus.py

keywords: setup ## keyword by OpenAPI version and direction: each refused by its name, and missed where it is taken out
	$(BIN)/python bench/keywords.py

bench-diff: setup ## the diff against the outside corpus: recall, false alarms, other names, real pairs (TIDEWAITER_CORPUS; QUICK=1)
	$(BIN)/python bench/diff_scores.py --check $(if $(QUICK),--quick)

lint-sample: setup ## lint on documents from outside: the share of findings that are right, time, findings per rule (TIDEWAITER_CORPUS)
	$(BIN)/python bench/lint_sample.py

gate-reports: setup ## the gate on real pairs of contracts: every form held against its schema, seconds, bytes (TIDEWAITER_CORPUS; FULL=1)
	$(BIN)/python bench/gate_reports.py $(if $(FULL),--full)

clients: setup ## clients of the example and the outside corpus: written, imported, typed; much at once through a gateway
	$(BIN)/python bench/clients.py

newcomer: setup ## from the portal's address to a first typed call, by what its pages say alone: seconds, and what had to be looked up
	$(BIN)/python bench/newcomer.py

clients-typescript: setup node ## clients in TypeScript of the same documents: written, compiled strictly, imported (FULL=1)
	$(BIN)/python bench/clients_typescript.py $(if $(FULL),--full)

release-kills: setup ## gateway and command killed at random while a release is activated; FULL=1 for thirty times
	TIDEWAITER_KILLS=$(if $(FULL),60,30) $(BIN)/python -m pytest -q -n 0 tests/governance/test_release_killed.py
	$(BIN)/python bench/release_kills.py --times $(if $(FULL),15,3)

signed-attacks: setup ## everything signed rewritten, put back, shared, at once, by real commands and gateways; FULL=1 for a gateway a row
	$(BIN)/python bench/signed_attacks.py $(if $(FULL),,--short)

gate-table: setup ## forty commits through the gate and the build, three ways that must agree; a large contract (TIDEWAITER_CORPUS)
	$(BIN)/python bench/gate_table.py
	$(if $(TIDEWAITER_CORPUS),$(BIN)/python bench/gate_table.py --large $(TIDEWAITER_CORPUS)/real/composite/twilio_2026-04-14_d50069b4.json)

diff-tools: setup ## oasdiff (where Go is) and npm's openapi-diff, in .cache/diff-tools
	$(BIN)/python bench/diff_tools.py

compare-diff: diff-tools ## the diff beside oasdiff and openapi-diff on the same pairs (TIDEWAITER_CORPUS); writes docs/comparison.md
	$(BIN)/python bench/diff_beside.py

lint-tools: setup ## npm's Spectral, in .cache/lint-tools
	$(BIN)/python bench/lint_tools.py

compare-lint: lint-tools ## lint beside Spectral: one rule set on the same documents, place by place (TIDEWAITER_CORPUS)
	$(BIN)/python bench/lint_beside.py

fuzz-proof: setup ## fuzzing: one seed asks the same, one company of two is fuzzed, killed runs are taken back (FULL=1)
	$(BIN)/python bench/fuzz_proof.py $(if $(FULL),--full)

onboard-proof: setup ## onboarding killed after each event and at random times: resumed, the same, nothing left (FULL=1)
	$(BIN)/python bench/onboard_killed.py $(if $(FULL),--full)

planted: setup ## fuzzing: a simulated ERP with each of 20 faults, and 10 ways that are odd and conform: a table (SHORT=1: six of them)
	$(BIN)/python bench/planted_table.py $(if $(SHORT),--short)

demo: setup ## two simulated ERPs, a Valkey, an issuer and the gateway; ends when all calls were as expected (STAY=1 stays up)
	$(BIN)/tidewaiter demo --port $(PORT) $(if $(STAY),,--check)

demo-onboard: setup ## an entity from candidate to live on a simulator, the board played with keys of this run (STAY=1 stays up)
	$(BIN)/python -m governance.demo.onboarding $(if $(STAY),--stay)

erp: setup ## a real Tryton (GPL, fetched from PyPI into .cache/erp), seeded and tried; docs/erp.md (STAY=1 stays up)
	$(BIN)/python examples/erp/run.py $(if $(STAY),--stay)

erp-walk: setup ## each operation of Tryton's contracts through the gateway; each answer judged, its oddities held against a table
	$(BIN)/python examples/erp/walk.py

erp-onboard: setup ## entity `mse` on Tryton, from candidate to live; docs/erp.md (REPORT=dir keeps the report)
	$(BIN)/python examples/erp/onboard.py $(if $(REPORT),--report $(REPORT))

serve: setup ## serve a workspace: make serve WORKSPACE=dir
	$(BIN)/tidewaiter serve $(or $(WORKSPACE),$(error WORKSPACE=dir is missing))

docs: setup ## write the generated pages
	$(BIN)/python docs/generate.py

fix: setup ## what can be mended by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: setup ## resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --all-extras --group dev pyproject.toml -o requirements.lock

clean: ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage .cache
