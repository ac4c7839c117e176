# The two commands: `make run` serves the product, `make test` proves it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
N ?= 200

UI := web/ui
E2E := tests/e2e
STAGE := $(CURDIR)/tests/stage.sh
DEBUG_PARLOR := $${PARLOR:-$${CARGO_TARGET_DIR:-$(CURDIR)/target}/debug/parlor}
UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: run build ui check test test-rust test-ui test-e2e test-netlab netlab ladder generate golden kill-loop kill-chat power-loop bench-ledger bench-calls bench-slots bench-booking bench-store bench-backup bench-seals bench-relay bench-flood bench-stalled bench-join tools clean help

help: ## Show what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: build ## Build everything and serve it on http://localhost:8080 (DEMO=1 adds people and a meeting)
	target/release/parlor serve $(if $(DEMO),--demo,--dev)

build: ui ## Build the release binary: target/release/parlor
	cargo build --release --locked

.PHONY: deb dist test-package
dist: ui ## A tar.gz with a static program, for machines without apt, and its sha256: target/dist
	packaging/dist.sh

deb: build ## A Debian package: target/debian/parlor_VERSION-1_ARCH.deb
	tests/tools.sh deb
	packaging/deb.sh

ui: $(UI)/dist/index.html ## Build the web app

$(UI)/node_modules/.installed: $(UI)/package-lock.json
	cd $(UI) && npm ci --no-audit --no-fund
	touch $@

$(UI)/dist/index.html: $(UI)/node_modules/.installed $(UI_SOURCES)
	cd $(UI) && npm run build
	touch $@

generate: golden ## Write again what is generated: config.toml, web/PROTOCOL.md, web/openapi.json, TypeScript types, golden mails
	PARLOR_REGENERATE=1 cargo test --locked -p parlor -p parlor-web --no-default-features --lib --bins -q
	cd $(UI) && npm run generate --if-present

golden: ## Write the golden mails again (actors/tests/golden), after a mail's text changed
	PARLOR_REGENERATE=1 cargo test --locked -p parlor-actors --lib -q golden

check: ui tools ## Formatting, clippy, tsc, licences, advisories
	cargo fmt --all --check
	$(STAGE) clippy 30 cargo clippy --workspace --all-targets --locked -- -D warnings
	$(STAGE) tsc 10 npm --prefix $(UI) run check
	cargo deny --offline check bans licenses sources
	tests/advisories.sh

tools: ## Install what tests need and the machine lacks
	$(STAGE) tools 20 tests/tools.sh

test: tools check test-rust foreign test-ui test-e2e test-netlab test-package ## Everything, on a fresh machine too

# One build for all that is tried: what cargo makes for the tests has the binaries too. A build of their own
# would compile half of the crates once more, for other features of theirs.
.PHONY: binaries
binaries: ui
	$(STAGE) build-tests 30 cargo test --workspace --locked --no-run

test-rust: binaries tools
	$(STAGE) rust 30 cargo test --workspace --locked --no-fail-fast

test-ui: $(UI)/node_modules/.installed
	$(STAGE) ui 10 npm --prefix $(UI) test

test-e2e: binaries tools $(E2E)/node_modules/.installed
	cd $(E2E) && $(STAGE) browsers 60 npx playwright test

test-netlab: binaries tools $(E2E)/node_modules/.installed
	$(STAGE) netlab 15 tests/netlab/run.sh main.ts --some --if-allowed

test-package: binaries tools $(E2E)/node_modules/.installed ## Install, certificate, call, upgrade and rollback in it, purge: on a fresh Debian (PREVIOUS=older.deb)
	$(STAGE) package 10 tests/package.sh --if-allowed

netlab: binaries tools $(E2E)/node_modules/.installed ## The call through every pair of NATs and firewalls, with addresses that change
	tests/netlab/run.sh main.ts $(PAIRS)

ladder: binaries tools $(E2E)/node_modules/.installed ## A line that becomes thin (KBIT=120) and wide again in the middle of a call
	tests/netlab/run.sh ladder.ts

$(E2E)/node_modules/.installed: $(E2E)/package-lock.json
	cd $(E2E) && npm ci --no-audit --no-fund
	touch $@

kill-loop: ## Kill a store's process N times, then ones full of bookings and of money: nothing acknowledged may be lost
	ROUNDS=$(N) cargo test --locked -p parlor-data --test kill_loop -- --nocapture
	ROUNDS=$(N) cargo test --locked -p parlor-actors --test kill_booking -- --nocapture
	ROUNDS=$(N) cargo test --locked -p parlor-actors --test kill_money -- --nocapture

kill-chat: ## Kill a store full of conversations N times: none lost, none twice, no holes
	ROUNDS=$(N) cargo test --locked -p parlor-data --test kill_chat -- --nocapture

.PHONY: kill-sockets
kill-sockets: ui ## Kill the server N times under messages over sockets, and cut sockets N x 100 times: none lost or missed
	ROUNDS=$(N) cargo test --locked -p parlor --test sockets -- --nocapture --test-threads=1

power-loop: ## Cut the power N times in a simulation of the disk
	ROUNDS=$(N) cargo test --locked -p parlor-data --test power_loop -- --nocapture

kill-mail: ## REMINDERS=10000 due in one second while their sender is killed: each arrives once, none early
	REMINDERS=$(or $(REMINDERS),10000) cargo test --locked --workspace --test kill_mail -- --nocapture

.PHONY: foreign-mail kill-mail nightly-mail
nightly-mail: ## REMINDERS=2000 to Debian's Postfix over STARTTLS while their sender is killed (needs root, for namespaces)
	PARLOR_MAIL_SINK=$(CURDIR)/tests/foreign/mail/postfix.sh REMINDERS=$(or $(REMINDERS),2000) \
		$(STAGE) nightly-mail 30 cargo test --locked --workspace --test kill_mail -- --nocapture

foreign-mail: ## Mails and calendars before aiosmtpd, icalendar, ical.js, dkimpy and Radicale
	$(STAGE) foreign-mail 8 tests/foreign/mail/run.sh

.PHONY: foreign
foreign: binaries foreign-mail ## Other WebRTC clients (aiortc, werift, node-datachannel) through the relay of the real binary
	PARLOR=$(DEBUG_PARLOR) $(STAGE) foreign 8 tests/foreign/run.sh --test-reporter=spec
	CALLS=10 MINUTES=0.35 PARLOR=$(DEBUG_PARLOR) $(STAGE) ten-calls 4 tests/foreign/run.sh ten-calls
	PARLOR=$(DEBUG_PARLOR) $(STAGE) foreign-api 20 tests/foreign/api/run.sh

.PHONY: foreign-api
foreign-api: binaries ## The REST interface against its document, by schemathesis (EXAMPLES=50 asks more)
	EXAMPLES=$(or $(EXAMPLES),50) PARLOR=$(DEBUG_PARLOR) $(STAGE) foreign-api 30 tests/foreign/api/run.sh

.PHONY: ten-calls
ten-calls: build ## CALLS=10 calls at once between headless peers through the relay, for MINUTES=5
	CALLS=$(or $(CALLS),10) MINUTES=$(or $(MINUTES),5) PARLOR=$(CURDIR)/target/release/parlor tests/foreign/run.sh ten-calls

.PHONY: fuzz
fuzz: ## Mutated input against the relay for MINUTES=10: decoder, stream framer, request handler
	turn/tests/fuzz.sh $(or $(MINUTES),10)

.PHONY: churn
churn: ## Calls that come and go for MINUTES=30: the relay's memory and descriptors must stay flat
	PARLOR_CHURN_SECONDS=$$(( $(or $(MINUTES),30) * 60 )) \
		cargo test --locked -p parlor-turn --test churn -- --nocapture

bench-ledger: ## Durable postings per second with 1, 8 and 64 calls that tick
	cargo bench --locked -p parlor-actors --bench postings

bench-calls: ## CPU and memory of CALLS=1000 paid calls at once, for SECONDS=30
	CALLS=$(or $(CALLS),1000) SECONDS=$(or $(SECONDS),30) cargo bench --locked -p parlor-web --bench paid_calls

bench-slots: ## A year of bookable times, with an empty and with a full calendar
	cargo bench --locked -p parlor-domain --bench slots

bench-booking: ui ## How long people wait for free times, and a thousand for one time at once
	cargo bench --locked -p parlor --bench booking

bench-backup: ## A backup of ROWS=1000000 rows, open and sealed, and its restore, beside tar | zstd of the folder
	ROWS=$(or $(ROWS),1000000) cargo bench --locked -p parlor-data --bench backup

bench-seals: ## What sealed rows, exports and audit records cost, beside ring alone and plain rows (ROWS=200000)
	ROWS=$(or $(ROWS),200000) cargo bench --locked -p parlor-data --bench seals

.PHONY: bench-sockets
bench-sockets: ui benches/socketio/node_modules/.installed ## Relayed and durable messages over sockets, beside Socket.IO (QUICK=1 takes a minute)
	QUICK=$(QUICK) cargo bench --locked -p parlor --bench sockets

benches/socketio/node_modules/.installed: benches/socketio/package-lock.json
	cd benches/socketio && npm ci --no-audit --no-fund
	touch $@

bench-store: ## Durable writes per second, beside sled alone and the bare disk
	cargo bench --locked -p parlor-data --bench durable_writes

# The crate that is measured beside ours; a tool of the bench, never linked.
TURN_SERVER ?= $(CURDIR)/target/tools/bin/turn-server
$(TURN_SERVER):
	cargo install turn-server --version 4.1.5 --locked --quiet --root $(patsubst %/bin/turn-server,%,$@)

bench-relay: tools $(if $(QUICK),,$(TURN_SERVER)) ## CPU per relayed packet, beside coturn and turn-server (QUICK=1 takes less than a minute)
	TURN_SERVER=$(TURN_SERVER) cargo bench --locked -p parlor-turn --bench relay -- $(if $(QUICK),--quick)

bench-flood: tools ## What packets without credentials cost, beside coturn (QUICK=1 sends fewer)
	cargo bench --locked -p parlor-turn --bench relay -- --only flood $(if $(QUICK),--quick)

bench-stalled: build ## Whether slow readers and a busy web server delay other calls (QUICK=1 takes half a minute)
	cargo bench --locked -p parlor-turn --bench relay -- --only stalled $(if $(QUICK),--quick)

.PHONY: pictures
pictures: binaries tools $(E2E)/node_modules/.installed ## Take the README's picture again (docs/pictures)
	$(E2E)/run.sh pictures.ts $(CURDIR)/docs/pictures

bench-join: binaries tools $(E2E)/node_modules/.installed ## From the click on Join to the other side's first frame, 30 times
	$(E2E)/run.sh join-time.ts

clean:
	cargo clean
	rm -rf $(UI)/node_modules $(UI)/dist $(E2E)/node_modules tests/netlab/test-results
