# Thin on purpose: the work is in scripts/, where each step says what it does and why.
.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-events bench-seam soak exactness ui screenshots setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is missing, get the local model, build, start the gateway (ARGS="--listen 127.0.0.1:5050")
	@scripts/run.sh $(ARGS)

test: ## Install what the tests need, then run all of them
	@scripts/test.sh

check: ## Format, lints, docs and dependency rules, without running tests
	@scripts/check.sh

bench: ## Side-by-side load: direct, nginx, Handover (ARGS="--json")
	@scripts/bench.sh $(ARGS)

bench-events: ## Instructions for each event of a healthy stream, beside another commit (BEFORE=v0.1.0)
	@scripts/bench-events.sh $(ARGS)

bench-seam: ## The gap that a reader sees when an answer is handed over (ARGS="--cases 100")
	@scripts/bench-seam.sh $(ARGS)

soak: ## An hour of mixed faults on real sockets (SOAK_SECONDS=60 SOAK_RATE=50 SOAK_SEED=1)
	@scripts/soak.sh $(ARGS)

exactness: ## Twenty answers cut after every token and gone on with by the same model (ten minutes)
	@scripts/exactness.sh $(ARGS)

ui: ## Build the pages from ui/ into crates/server/ui, after changing them
	@scripts/ui.sh write

screenshots: ## Take pictures of both pages in every state into target/screenshots, and the best into docs/pictures
	@scripts/screenshots.sh $(ARGS)

setup: ## Install everything that run, test and bench need
	@scripts/setup.sh build test bench
