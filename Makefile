# The commands for people and for CI; `make` lists them.

.DEFAULT_GOAL := help
.PHONY: help demo test fuzz fuzz-api bench lint fmt doc compatibility deps deps-test

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: deps ## Run DocStore on the samples and keep serving; ONCE=1 ends by itself
	cargo run --locked -p docstore --bin docstore -- demo --fresh $(if $(filter-out 0,$(ONCE)),--once)

# The binaries first: tests start them, and `cargo test` builds only those of the package under test.
test: deps-test ## Run every test
	cargo build --locked --workspace --bins
	cargo test --locked --workspace --no-fail-fast

# Far more memory than reading requests takes: who asks for more is stopped.
FUZZ_INPUTS ?= 1000000
FUZZ_KIB ?= 1048576

fuzz: deps ## Feed random requests and tokens to what reads them
	cargo test --locked -p apus --lib --no-run
	ulimit -v $(FUZZ_KIB) && PROPTEST_CASES=$(FUZZ_INPUTS) cargo test --locked -p apus --lib wire::fuzz

FUZZ_CALLS ?= 10000

fuzz-api: deps-test ## Call DocStore's API in ways that its description allows and forbids
	cargo build --locked --workspace --bins
	API_CALLS=$(FUZZ_CALLS) cargo test --locked --workspace --test it calls_made_up -- --nocapture

bench: deps ## Measure what the engine's parts cost, then whole workloads
	cargo bench --locked -p apus
	cargo run --locked --release -p apus-cli -- bench all

lint: deps ## Check the format and the lints
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

fmt: ## Format the code
	cargo fmt --all

doc: deps ## Build the documentation of the crates
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps

compatibility: deps-test ## Write docs/swf-compatibility.md anew from the tests that prove it
	cargo build --locked --workspace --bins
	WRITE_COMPATIBILITY=1 cargo test --locked -p apus-tests --test it every_row_of_the_compatibility_table_is_proved

deps: ## Install what building and running need
	deploy/install-deps run

deps-test: ## Install what the tests need, too
	deploy/install-deps test
