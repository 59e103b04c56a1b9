# `make` lists what can be done. `make demo` and `make test` prepare the machine themselves.

SHELL := /bin/bash
CARGO ?= cargo
SCRIPTS := .ci/run $(wildcard tests/*.sh tests/bench/*.sh tests/support/*.sh tests/plugins/keg*)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Shows the main loop on this machine with a real engine and registry, and cleans up after itself
	@tests/demo.sh

.PHONY: test
test: ready ## Runs all tests with a real engine, registry and Compose, and then the checks of `lint`
	@tests/support/tools.sh >/dev/null
	$(CARGO) test --locked --no-fail-fast
	@tests/support/generated.sh
	@$(MAKE) --no-print-directory lint

.PHONY: lint
lint: ready ## Checks form and style of Rust code and scripts
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	shellcheck -x $(SCRIPTS)

.PHONY: ready
ready:
	@tests/support/setup.sh shellcheck chromium

.PHONY: generate
generate: ## Writes the shell completions anew
	@tests/support/generated.sh --write

.PHONY: bench
bench: ## Compares keg with `docker build` and `docker buildx bake`, and measures time and memory
	@tests/bench.sh

.PHONY: build
build: ## Builds the optimised program: target/release/keg
	$(CARGO) build --locked --release

.PHONY: install
install: ## Installs keg to cargo's folder of programs
	$(CARGO) install --locked --path .
