#!/usr/bin/env bash
# Runs the test suites, all but the long ones, or those that are named: scripts/test.sh [SUITE...]
# Prints one line for each suite, and at the end how many passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
source scripts/env.sh

# In this order: what fails fast first; the network runs need what `unit` has built.
SUITES=(fmt scripts unit clippy docs misbehaving honest)
# These mostly wait for blocks, so they come last, side by side.
NETWORK_SUITES=(misbehaving honest validator upgrade)
# Run only if they are named: they take longer than the others together.
LONG_SUITES=(validator upgrade)
# A suite that takes longer than this many seconds has failed. The first build takes its time.
LIMIT=3600
# How many settled eras the network runs wait for.
ERAS=3

suite_fmt() {
	cargo fmt --all --check
}

suite_scripts() {
	node --test tests/e2e/unit/ console/test/format.test.mjs
}

# Unit, property and integration tests, and the programs for the network runs.
suite_unit() {
	cargo build --locked --release --workspace &&
		cargo test --locked --release --workspace
}

# Without the wasm build: clippy would make the runtime's a second time, and read no more of it.
suite_clippy() {
	SKIP_WASM_BUILD=1 cargo clippy --locked --release --workspace --all-targets -- -D warnings
}

suite_docs() {
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --release --workspace --no-deps
}

# Tells the output of suites that run side by side apart. It outlives a signal, so that what is stopping can say so.
labelled() {
	trap '' INT TERM HUP
	sed --unbuffered "s/^/[$1] /"
}

suite_misbehaving() {
	scripts/localnet.sh --eras "$ERAS" --misbehave forge --misbehave inflate --misbehave silent \
		--misbehave validator-lie --misbehave dac-withhold 2>&1 | labelled misbehaving
}

# What users do, each file at the same time with accounts of its own.
HONEST_TESTS=(tests/e2e/{user,examples,metrics,export}.test.mjs tests/clients/existing-client.test.mjs tests/papi/papi.test.mjs console/test/console.test.mjs)
suite_honest() {
	scripts/localnet.sh --eras "$ERAS" --run "cd '$PWD' &&
		node --test --test-reporter=spec --test-concurrency=${#HONEST_TESTS[@]} ${HONEST_TESTS[*]}" 2>&1 | labelled honest
}

# A fifth validator joins with a nominator, votes, leaves, is reported and paid: two elections, a quarter of an hour.
suite_validator() {
	scripts/localnet.sh --run "cd '$PWD' && node --test --test-reporter=spec tests/e2e/validator.test.mjs" 2>&1 | labelled validator
}

# Holders put a new runtime to a referendum, and it is applied. It is built first, which takes several minutes.
suite_upgrade() {
	local next=$CARGO_TARGET_DIR/rehearsal.wasm
	{
		scripts/build-runtime.sh --features rehearsal "$next" &&
			scripts/localnet.sh --run "cd '$PWD' && DDC_NEXT_RUNTIME='$next' node --test --test-reporter=spec tests/e2e/upgrade.test.mjs"
	} 2>&1 | labelled upgrade
}

# Called by `timeout` below, which cannot run a function.
if [[ ${1:-} == --suite ]]; then
	"suite_$2"
	exit
fi

for suite in "$@"; do
	[[ " ${SUITES[*]} ${LONG_SUITES[*]} " == *" $suite "* ]] || {
		echo "test: error: no suite $suite; there are: ${SUITES[*]} ${LONG_SUITES[*]}" >&2
		exit 2
	}
done
(($#)) || set -- "${SUITES[@]}"

scripts/setup.sh --tests

# `timeout` runs a suite in a process group of its own, where Ctrl-C does not reach it.
declare -A running=()
stop() {
	((${#running[@]} == 0)) || kill -TERM "${running[@]}" 2>/dev/null || true
	wait
	exit 130
}
trap stop INT TERM HUP

passed=0
failed=0
declare -A began=()
start() {
	echo "== $1"
	began[$1]=$SECONDS
	timeout --kill-after=30 "$LIMIT" scripts/test.sh --suite "$1" &
	running[$1]=$!
}
finish() {
	local result=failed
	if wait "${running[$1]}"; then
		result=passed
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	unset "running[$1]"
	echo "$1: $result ($((SECONDS - began[$1])) s)"
}

networks=()
for suite in "$@"; do
	if [[ " ${NETWORK_SUITES[*]} " == *" $suite "* ]]; then
		networks+=("$suite")
	else
		start "$suite"
		finish "$suite"
	fi
done
for suite in "${networks[@]}"; do
	start "$suite"
done
for suite in "${networks[@]}"; do
	finish "$suite"
done

echo "$passed passed, $failed failed"
((failed == 0))
