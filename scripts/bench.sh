#!/usr/bin/env bash
# Measures: scripts/bench.sh dac|dac-soak|engines|settlement|instructions|verification [ARGS...]
#   dac [ingest|small|seal [RECEIPTS]]          what the DAC takes of a processor, beside bare batch verification;
#                                               without arguments: ingest, in full reports and in small ones, then
#                                               sealing one and ten million
#   dac-soak [MINUTES [MILLISECONDS]]           full-rate ingest in a loop of short eras with retention, 60 minutes by
#                                               default: memory each minute; fails if it grows
#   engines [RECEIPTS]                          candidates for its store under its workload
#   weights [OPTIONS] [PALLET...]               the weights of the DDC pallets, of all or of those named by their folders;
#                                               writes pallets/PALLET/src/weights.rs. --steps 50 --repeat 20 are the
#                                               defaults, --dry prints only
#   database [OPTIONS]                          reads and writes of the node's database; writes the runtime's
#                                               db_weights.rs. --folder DIR is on the disk that is measured, --dry prints
#   instructions [--check|--write|NAME...]      instructions of hot functions under callgrind, which valgrind has:
#                                               compares them with benchmarks/instructions/counts.txt and fails if one rose
#                                               by more than 2 % (--tolerance THOUSANDTHS); writes that file; or counts only
#                                               those that are named. Two minutes
#   settlement [OPTIONS]                        how a node imports blocks full of settlement, one million customers in a
#                                               cluster, beside a plain pallet; --customers 2000 --plain-charges 1000 is a
#                                               quick check that it works. 5 minutes, 12 GiB of memory, 8 GiB of disk
#   verification [check|eras] [...]             what deciding nodes takes; without arguments: both
#   verification check [OPTIONS]                a committee member's check of a node in the WebAssembly worker beside its
#                                               signature checks alone, and the bytes that deciding a node puts on chain;
#                                               --lines 100 --receipts 1000 --repeat 3 is a quick check that it works
#   verification eras [NODES...]                blocks from commit to settled on local networks of four validators with
#                                               10, 100 and 1 000 nodes, or with as many as are named; 40 minutes
# Figures are of this machine, now: only ratios within one run say something. Stores are made in DDC_BENCH_DIR, /tmp
# if it is not set: it should be on a disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
source scripts/env.sh

what=${1:-}
(($#)) && shift
case $what in
dac | dac-soak)
	SKIP_WASM_BUILD=1 cargo bench --locked -p ddc-dac --bench dac --no-run
	# On one processor: two threads of one core share it, and a rate for each would say little.
	pin=()
	command -v taskset >/dev/null && pin=(taskset -c 0)
	run() {
		SKIP_WASM_BUILD=1 "${pin[@]}" cargo bench --quiet --locked -p ddc-dac --bench dac -- "$@"
	}
	if [[ $what == dac-soak ]]; then
		pin=()
		run soak "$@"
	elif (($#)); then
		run "$@"
	else
		run ingest
		run small
		run seal 1000000
		run seal 10000000
	fi
	;;
engines)
	cargo run --release --quiet --manifest-path dac/engines/Cargo.toml -- "$@"
	;;
weights)
	wasm=$CARGO_TARGET_DIR/ddc-runtime-benchmarks.wasm
	mkdir -p "$CARGO_TARGET_DIR"
	scripts/build-runtime.sh --features runtime-benchmarks "$wasm"
	SKIP_WASM_BUILD=1 cargo run --release --quiet --locked -p ddc-weights -- weights --wasm "$wasm" "$@"
	;;
database)
	SKIP_WASM_BUILD=1 cargo run --release --quiet --locked -p ddc-weights -- database --folder "${DDC_BENCH_DIR:-/tmp}" "$@"
	;;
settlement)
	wasm=$CARGO_TARGET_DIR/ddc-runtime-comparison.wasm
	mkdir -p "$CARGO_TARGET_DIR"
	scripts/build-runtime.sh --features comparison "$wasm"
	SKIP_WASM_BUILD=1 cargo build --release --quiet --locked -p ddc-settlement-benchmark
	folder=$(mktemp -d "${DDC_BENCH_DIR:-/tmp}/ddc-settlement.XXXXXX")
	trap 'rm -rf "$folder"' EXIT
	"$CARGO_TARGET_DIR/release/ddc-settlement-benchmark" --runtime "$wasm" --folder "$folder" "$@"
	;;
instructions)
	if ! command -v valgrind >/dev/null; then
		echo "bench: error: valgrind is missing: apt-get install valgrind" >&2
		exit 1
	fi
	SKIP_WASM_BUILD=1 cargo build --release --quiet --locked -p ddc-instructions
	counts=benchmarks/instructions/counts.txt
	mode=${1:---check}
	case $mode in
	--check | --write)
		(($#)) && shift
		set -- "${mode#--}" "$counts" "$@"
		;;
	*) set -- count "$@" ;;
	esac
	"$CARGO_TARGET_DIR/release/ddc-instructions" "$@"
	;;
verification)
	part=${1:-all}
	(($#)) && shift
	case $part in all | check | eras) ;; *)
		echo "bench: error: verification takes check or eras, not $part" >&2
		exit 2
		;;
	esac
	if [[ $part != eras ]]; then
		wasm=$CARGO_TARGET_DIR/ddc-runtime.wasm
		mkdir -p "$CARGO_TARGET_DIR"
		scripts/build-runtime.sh "$wasm"
		SKIP_WASM_BUILD=1 cargo build --release --quiet --locked -p ddc-verification-benchmark
		"$CARGO_TARGET_DIR/release/ddc-verification-benchmark" --runtime "$wasm" --folder "${DDC_BENCH_DIR:-/tmp}" "$@"
	fi
	if [[ $part != check ]]; then
		folder=$(mktemp -d "${DDC_BENCH_DIR:-/tmp}/ddc-eras.XXXXXX")
		trap 'rm -rf "$folder"' EXIT
		summaries=()
		(($#)) || set -- 10 100 1000
		for nodes in "$@"; do
			# A hundred lines for each node, so that the number of nodes is all that differs.
			summary=$folder/$nodes.json
			scripts/localnet.sh --eras 1 --nodes "$nodes" --lines $((nodes * 100)) --summary "$summary"
			summaries+=("$summary")
		done
		node scripts/blocks.mjs "${summaries[@]}"
	fi
	;;
*)
	echo "bench: error: there are: dac, dac-soak, engines, weights, database, settlement, instructions, verification" >&2
	exit 2
	;;
esac
