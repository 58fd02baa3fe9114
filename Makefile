# Commands for people and CI. Each installs what it needs first; STACK= picks the stack, ARGS= passes options on.
STACK ?= dev
ARGS ?=
PYTHON := .venv/bin/python
# Tests that only compute run on all processors. Each takes whole files, whose tests share what is made once for them.
COMPUTING := tests/unit tests/rules
PARALLEL := -n auto --dist loadfile
# Those of the others start programs, wait for them and measure times: one after the other.
WAITING := tests/programs tests/pages tests/live tests/drills tests/engine
# Coverage is of whole runs: where ARGS picks tests, nothing is measured. It makes unit tests half as long again.
COVERED := --cov --cov-report= --cov-fail-under=0
RESULTS := .cache/results.jsonl

.DEFAULT_GOAL := help
.PHONY: help up rotate secrets down destroy verify drift drill alerts silence notify-test report dashboards viewer render schema pins lint lint-workflows hooks test test-unit test-engine test-drills fuzz mutate test-workloads benchmark cost

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{ printf "make %-14s %s\n", $$1, $$2 }'

up: .venv/.ready ## Bring the stack up, wait for health, verify it, print the addresses
	@$(PYTHON) -m operations up --stack $(STACK) $(ARGS)

rotate: .venv/.ready ## Make generated passwords anew: ARGS='prometheusPassword'
	@$(PYTHON) -m operations rotate --stack $(STACK) $(ARGS)

secrets: .venv/.ready ## List the secrets that the stack needs, or set one: ARGS=shopSlack, or --env-file, --command
	@$(PYTHON) -m operations.credentials --stack $(STACK) $(ARGS)

down: .venv/.ready ## Stop the stack; its data stays
	@$(PYTHON) -m operations down --stack $(STACK) $(ARGS)

destroy: .venv/.ready ## Remove the stack with its data
	@$(PYTHON) -m operations destroy --stack $(STACK) $(ARGS)

verify: .venv/.ready ## Check the running stack from end to end
	@$(PYTHON) -m operations.verify --stack $(STACK) $(ARGS)

drift: .venv/.ready ## Show what differs between the program and the running stack: ARGS=--json
	@$(PYTHON) -m operations.drift --stack $(STACK) $(ARGS)

drill: .venv/.ready ## Break the running dev stack on purpose and see who is told: ARGS='--list', '--short', or names
	@$(PYTHON) -m operations.drill --stack $(STACK) $(ARGS)

alerts: .venv/.ready ## Show what fires, what became of it, and who was told when
	@$(PYTHON) -m operations.oncall alerts --stack $(STACK) $(ARGS)

silence: .venv/.ready ## Keep messages back: ARGS="--service orders-db --for 2h --reason 'new disk'", or --list, --end ID
	@$(PYTHON) -m operations.oncall silence --stack $(STACK) $(ARGS)

notify-test: .venv/.ready ## Send one marked message to a receiver and say how it took it: ARGS=shop-chat
	@$(PYTHON) -m operations.oncall notify-test --stack $(STACK) $(ARGS)

report: .venv/.ready ## Write a month of the running stack to reports/<stack>/<month>: ARGS='--month 2026-11'
	@$(PYTHON) -m operations.report --stack $(STACK) $(ARGS)

dashboards: .venv/.ready ## Draw every dashboard as a page, without a Grafana, in dashboards-out/<stack>: ARGS='--compare main --pictures'
	@$(PYTHON) -m operations.dashboards --stack $(STACK) $(ARGS)

viewer: ## Build what draws dashboards anew from viewer/src (Node and npm; needed only after a change of it)
	@cd viewer && npm ci --no-fund --no-audit && npm run build

# Here alone STACK has no default: without it every stack is meant.
render: .venv/.ready ## Write rendered/<stack>/ for every stack file or for STACK=, without engine or credentials
	@$(PYTHON) -m rendering $(if $(filter-out file,$(origin STACK)),--stack '$(STACK)') $(ARGS)

schema: .venv/.ready ## Write the JSON Schema for editors, and the references of settings, alerts and addresses in docs/
	@$(PYTHON) -m references

pins: .venv/.ready ## Fill and renew the digests of upstream's images (a registry must answer)
	@$(PYTHON) -m images pins $(ARGS)

lint: .venv/.ready lint-workflows ## Check types, imports, lint, format and workflows
	@$(PYTHON) -m mypy && .venv/bin/lint-imports --no-logo && $(PYTHON) -m ruff check && $(PYTHON) -m ruff format --check

lint-workflows: .venv/.ready ## Check .github with actionlint (compiled once) and zizmor
	@actionlint="$$($(PYTHON) -m images tool actionlint)" && \
		"$$actionlint" -config-file .github/actionlint.yaml -shellcheck= -pyflakes= .github/workflows/*.yml
	@.venv/bin/zizmor --offline --no-progress --quiet --pedantic --strict-collection .github .pre-commit-config.yaml

hooks: .venv/.ready ## Let git run the checks of .pre-commit-config.yaml before each commit
	@.venv/bin/pre-commit install

test: .venv/.ready ## Run everything that can run on this machine, and print branch coverage
	@$(PYTHON) -m operations prepare
ifneq ($(ARGS),)
	@$(PYTHON) -m pytest -rs $(ARGS)
else
	@status=0; \
	$(PYTHON) -m pytest $(PARALLEL) $(COVERED) --report-log=$(RESULTS) $(COMPUTING) || status=$$?; \
	$(PYTHON) -m pytest -rs $(COVERED) --cov-append --with-results-of=$(RESULTS) $(WAITING) || status=$$?; \
	test $$status = 0 && $(PYTHON) -m coverage report
endif

test-unit: .venv/.ready ## Run the unit tests: no Docker, no network, under a minute
	@$(PYTHON) -m pytest -rs $(PARALLEL) tests/unit $(ARGS)

test-engine: .venv/.ready ## Run a stack's whole life on a real Kubernetes control plane (its programs are compiled once)
	@$(PYTHON) -m operations prepare-engine
	@$(PYTHON) -m pytest -rs tests/engine $(ARGS)

test-drills: .venv/.ready ## Run ten fire drills on a stack of their own, in ten minutes on an idle machine
	@$(PYTHON) -m operations prepare
	@$(PYTHON) -m pytest -rs tests/drills $(ARGS)

fuzz: .venv/.ready ## Make up 10,000 stack files and count what becomes of them: ARGS='--count 500 --seed 7'
	@$(PYTHON) -m tests.generated $(ARGS)

mutate: .venv/.ready ## Lie about every rule and list the lies that no test notices: ARGS='http slo'
	@$(PYTHON) -m tests.mutation $(ARGS)

test-workloads: .venv/.ready ## Run a real Kafka broker and a real Airflow under the stack (about 1 GB is downloaded)
	@$(PYTHON) -m operations prepare
	@$(PYTHON) -m pytest -rs tests/workloads $(ARGS)

benchmark: .venv/.ready ## Show how plan and render grow with the number of services
	@$(PYTHON) -m rendering.benchmark $(ARGS)

cost: .venv/.ready ## Show what building the stack's images has cost
	@$(PYTHON) -m operations cost --stack $(STACK) $(ARGS)

.venv/.ready: pyproject.toml uv.lock
	@sh operations/bootstrap.sh
