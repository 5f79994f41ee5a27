# The commands of everyday work; `make help` lists them. What takes more than a line is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help run demo check test chaos bench screenshots

help: ## list these commands
	@sed -n 's/^\([a-z]*\): ## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

run: ## build what has changed and start the hub on http://localhost:8080, data in ./data
	@scripts/pages build
	@cargo build --workspace --profile local --locked
	@exec target/local/hub serve

demo: ## the same with some days of work in it, to look around: data in ./data-demo
	@scripts/pages build
	@cargo build --workspace --profile local --locked
	@exec target/local/hub demo

check: ## formatting, lints, layers, dependencies, pages, generated files, byte budgets
	cargo fmt --all --check
	scripts/deny
	scripts/pages build
	scripts/pages install tests/web
	cd web && npm run --silent check
	cd web && npm run --silent budget
	cd tests/web && npm run --silent check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	scripts/check-generated
	cargo test --workspace --locked --quiet --test tidy

test: ## every test; installs what is missing from Debian's packages, or says what to install
	scripts/test-tools
	scripts/pages build
	scripts/pages install tests/web
	cargo build --workspace --profile local --locked
	HUB_BINARY=$(CURDIR)/target/local/hub cargo test --workspace --locked
	cd web && npm test
	cd tests/web && npm test

chaos: ## all faults between three nodes, CHAOS_ROUNDS (5) times over, in an order of SEED
	scripts/test-tools
	scripts/pages build
	cargo build --workspace --profile local --locked
	HUB_BINARY=$(CURDIR)/target/local/hub CHAOS_ROUNDS=$${CHAOS_ROUNDS:-5} cargo test --workspace --locked --test chaos -- --nocapture

bench: ## the figures of speed, in release builds; takes a while, and nothing else should run beside it
	scripts/test-tools
	scripts/pages build
	cargo build --workspace --release --locked --bin hub
	HUB_BINARY=$(CURDIR)/target/release/hub cargo bench --workspace --locked --bench mails --bench outbox --bench codes --bench idle --bench throughput

screenshots: ## take the pictures of the documents anew from the demo, into docs/images
	scripts/test-tools
	scripts/pages build
	scripts/pages install tests/web
	cargo build --workspace --profile local --locked
	cd tests/web && npm run --silent screenshots
