# Everything a developer or a newcomer runs. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo test kafka test-kafka test-faults secrets up down check audit format dashboards reference dashboard-pictures notebooks docs docs-serve screenshots bench bench-quality bench-drift bench-retraining bench-scaling clean

# uv from the PATH, or from a small environment of our own: only Python is needed beforehand
UV := $(shell command -v uv 2>/dev/null || echo .weir/bootstrap/bin/uv)
RUN := $(UV) run --frozen

help: ## Show this list
	@echo "Weir scores users as their events arrive."
	@echo
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20 | sed 's/^/  make /'

.weir/bootstrap/bin/uv:
	@echo "Setting up uv, which sets up the rest..."
	@python3 -m venv .weir/bootstrap && .weir/bootstrap/bin/pip install --quiet "uv>=0.9"

setup: $(if $(filter .weir/%,$(UV)),$(UV)) ## Install everything that the other targets need
	@$(UV) sync --frozen --quiet

demo: setup ## The whole system on this machine, with generated logs (ARGS=--once ends by itself)
	@$(RUN) replay demo $(ARGS)

# tests/faults say how soon all goes on again: beside others they would time the machine
test: setup ## Run the tests, three files at once, faults alone (ARGS are pytest's, as in ARGS="-k engine" or "-n 0 --pdb")
	@$(RUN) pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(or $(ARGS),--ignore tests/faults)
	@$(if $(ARGS),,$(RUN) pytest tests/faults)

# the version is that of tests/kafka/pom.xml, unless one is asked for: make test-kafka KAFKA=4.0.2
KAFKA := $(shell sed -n 's:.*<kafka.version>\(.*\)</.*:\1:p' tests/kafka/pom.xml)

kafka: .weir/kafka/$(KAFKA) ## Fetch Apache Kafka for the tests (needs Java 17 and Maven)

.weir/kafka/$(KAFKA): tests/kafka/pom.xml
	@echo "Fetching Apache Kafka $(KAFKA)..."
	@mvn --quiet --batch-mode --strict-checksums --file tests/kafka/pom.xml \
	  dependency:copy-dependencies -Dkafka.version=$(KAFKA) -DoutputDirectory=$(CURDIR)/$@.part
	@rm -rf $@ && mv $@.part $@ && touch $@

test-kafka: setup kafka ## Run the tests that need a broker, on Apache Kafka (KAFKA=4.0.2 for another version)
	@$(RUN) pytest --kafka --kafka-version $(KAFKA) --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# one at a time: two would take the processors from each other, and recover later
test-faults: setup kafka ## Break things under load, each with five seeds (two hours; ARGS="-k redis")
	@rm -f .weir/faults.jsonl
	@$(RUN) pytest tests/faults tests/e2e/test_stream_kills.py tests/e2e/test_retraining_kills.py \
	  --fault-seeds 5 --fault-report .weir/faults.jsonl -v $(ARGS)
	@$(RUN) python -m tests.faults.table .weir/faults.jsonl

# Compose v2, or 1.29; DEMO=1 takes secrets that everybody knows, and sends made-up logs
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose) \
  $(if $(DEMO),--env-file demo.env)

secrets: ## Make secrets for docker-compose.yml, in .env
	@python3 compose/make_secrets.py

up: ## Everything in containers, as a team runs it (DEMO=1: made-up logs)
	@$(COMPOSE) up --detach --build $(ARGS)

down: ## Stop the containers; what they have stored stays (ARGS=--volumes: it goes too)
	@$(COMPOSE) down --remove-orphans $(ARGS)

check: setup ## What CI runs besides the tests: format, lint, types, architecture, spelling, links
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) typos
	@$(RUN) zensical build --strict

audit: setup ## Ask OSV for known vulnerabilities of the locked dependencies (needs a network)
	@UV_HTTP_RETRIES=1 $(RUN) python .ci/audit.py --uv "$(UV)"

format: setup ## Format the code and mend what the linter can
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

dashboards: setup ## Write the Grafana dashboards anew, from grafana/build
	@$(RUN) python -W ignore::DeprecationWarning -m grafana.build

reference: setup ## Write docs/reference/ anew, from the code that it tells of
	@$(RUN) python -m docs_tools.reference

dashboard-pictures: setup kafka ## Draw the dashboards anew for the docs (15 minutes; needs Java, Maven, Prometheus, Chromium)
	@$(RUN) python -m docs_tools.dashboards

notebooks: setup ## Run the notebooks, and render them into docs/notebooks (three minutes)
	@$(RUN) python -m notebooks $(ARGS)

docs: setup ## Build the documentation's site into site/; a broken link is an error
	@$(RUN) zensical build --clean --strict
	@echo "Open site/index.html, or run make docs-serve."

docs-serve: setup ## Show the documentation on http://localhost:8000 while it is written
	@$(RUN) zensical serve

screenshots: setup ## Take the pictures of the live page and of MLflow anew (needs Chromium)
	@$(RUN) python -m tests.e2e.screenshots

bench: setup ## Measure throughput and latency
	@$(RUN) python -m benchmarks $(ARGS)

bench-scaling: setup ## How it grows with users, partitions and workers (20 minutes; make kafka first)
	@$(RUN) python -m benchmarks.scaling $(ARGS)

bench-quality: setup ## Compare the online models with models retrained daily (ARGS=LOG)
	@$(RUN) python -m benchmarks.quality $(ARGS)

bench-retraining: setup ## What retraining gives after a drift, with everything running
	@$(RUN) python -m benchmarks.retraining $(ARGS)

bench-drift: setup ## How well drift is found, on made-up logs (ARGS="--domain revenue")
	@$(RUN) python -m benchmarks.drift $(ARGS)

clean: ## Remove what the targets have made
	rm -rf .venv .weir .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .cache site
