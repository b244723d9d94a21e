# `make run` shows Driftline at work, `make test` checks everything. The other targets are listed by `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build run test tools lint unit bench bench-service bench-uploads bench-smoke calibrate reference docs fuzz fuzz-api kills clean

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
DRIFTLINE := $(TARGET)/release/driftline
FUZZ_SECONDS ?= 60

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build the release binary
	$(CARGO) build --release --locked --package driftline

# A check that finds something exits with 1. Here that is what is meant to be seen, not a failure.
run: build ## compare the flights of July 2013 with those of January
	@$(DRIFTLINE) check samples/flights/flights-2013-07.csv --against samples/flights/flights-2013-01.csv \
		|| [ $$? -eq 1 ]

test: tools lint unit ## formatting, lints, all tests, examples in the documentation

tools: # what the tests need, installed when missing
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy
	@$(CARGO) nextest --version >/dev/null 2>&1 || $(CARGO) install cargo-nextest --locked \
		|| echo "cargo-nextest cannot be installed here: the tests run with cargo test"
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null; } \
		|| echo "PostgreSQL cannot be installed here: its tests say that they are skipped"

# What is built in on demand is looked at and tested a second time. With the whole workspace selected as before, only
# the service and the program are built again for it.
ON_DEMAND := --features driftline-server/oidc

lint: ## formatting and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	$(CARGO) clippy --locked --workspace --all-targets $(ON_DEMAND) -- --deny warnings

unit: ## all tests, without formatting and lints
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --locked --workspace \
			&& $(CARGO) nextest run --locked --workspace $(ON_DEMAND) --lib --test service \
				-E 'test(oidc) or test(sign_in)'; \
	else \
		$(CARGO) test --locked --workspace --lib --bins --tests \
			&& $(CARGO) test --locked --workspace $(ON_DEMAND) --lib --test service -- oidc sign_in; \
	fi
	$(CARGO) test --locked --workspace --doc

bench: build ## speed and memory beside DuckDB, Evidently and a bare parse; a quarter of an hour, 10 GB of disk
	$(CARGO) build --release --locked --package driftline-bench
	python3 crates/bench/python/run_bench.py $(if $(WRITE),--write $(WRITE))

bench-service: build ## how many requests the service answers
	python3 crates/bench/python/run_service.py $(if $(WRITE),--write $(WRITE))

bench-uploads: build ## 500 small and 4 large uploads at once
	python3 crates/bench/python/run_uploads.py

bench-smoke: build ## the same in small, to see that it works
	$(CARGO) build --release --locked --package driftline-bench
	python3 crates/bench/python/run_bench.py --smoke

# The second half needs a folder of labelled tables and is skipped without one.
calibrate: ## accuracy on planted drift and on labelled outliers, beside other tools
	$(CARGO) run --release --locked --package driftline-testkit --example calibrate
	python3 crates/bench/python/evidently_pairs.py
	python3 crates/bench/python/outliers_peers.py $(OUTLIERS)

fuzz-api: build ## schemathesis against the description of the API
	python3 crates/bench/python/fuzz_api.py

kills: ## kill the service 100 times at random instants; nothing acknowledged may be missing
	DRIFTLINE_KILLS=100 $(CARGO) test --locked --package driftline --test stories kills -- --nocapture

fuzz: ## all fuzz targets for FUZZ_SECONDS (60) each
	BOLERO_RANDOM_TEST_TIME_MS=$(FUZZ_SECONDS)000 BOLERO_RANDOM_ITERATIONS=1000000000000 \
		$(CARGO) test --locked --profile perf --workspace --test 'fuzz_*' -- --nocapture

reference: ## bring the method reference of the book and the description of the API up to date
	UPDATE_REFERENCE=1 $(CARGO) test --locked --package driftline-testkit --test reference
	UPDATE_REFERENCE=1 $(CARGO) test --locked --package driftline-server --test service description

docs: ## build the book into docs/book
	@command -v mdbook >/dev/null || $(CARGO) install mdbook --locked
	mdbook build docs

clean: ## remove what was built
	$(CARGO) clean
	rm -rf docs/book
