#!/usr/bin/env bash
# Builds the runtime for WebAssembly as it is put to a referendum, and prints its hashes: the same bytes from every
# checkout of the same sources with the same compiler, whatever folder the checkout is in.
#   scripts/build-runtime.sh [--features LIST] [--metadata-hash] FILE
# --metadata-hash embeds what hardware wallets check; it takes longer. FILE is written.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
source scripts/env.sh

# Compilers put paths into what they make, and cargo into the names of symbols: so the sources always lie here.
PLACE=/tmp/ddc-runtime-build

die() {
	echo "build-runtime: error: $*" >&2
	exit 1
}

features=
args=()
out=
while (($#)); do
	case $1 in
	--features)
		features=${2:?--features takes a list}
		shift
		;;
	--metadata-hash) args+=(--features metadata-hash) ;;
	-*) die "unknown option $1" ;;
	*)
		[[ -z $out ]] || die "one file only"
		out=$1
		;;
	esac
	shift
done
[[ $out ]] || die "usage: scripts/build-runtime.sh [--features LIST] [--metadata-hash] FILE"

mkdir -p -m 700 "$PLACE"
[[ -O $PLACE && ! -L $PLACE ]] || die "$PLACE belongs to somebody else"
exec 9>"$PLACE/lock"
flock 9
# What git knows or would add. Only what differs is written: cargo goes by times, which say nothing between two checkouts.
mkdir -p "$PLACE/source"
declare -A wanted=()
while IFS= read -r -d '' file; do
	[[ -f $file ]] || continue
	wanted[$file]=1
	cmp --silent "$file" "$PLACE/source/$file" || install -D --mode="$(stat --format=%a "$file")" "$file" "$PLACE/source/$file"
done < <(git ls-files -z --cached --others --exclude-standard)
while IFS= read -r -d '' file; do
	[[ ${wanted[$file]:-} ]] || rm "$PLACE/source/$file"
done < <(cd "$PLACE/source" && find . -type f -printf '%P\0')

(
	cd "$PLACE/source/runtime/wasm"
	CARGO_TARGET_DIR=$PLACE/target \
		WASM_BUILD_WORKSPACE_HINT=$PLACE/source \
		WASM_BUILD_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo --remap-path-prefix=$PLACE/source=/ddc" \
		DDC_RUNTIME_FEATURES=$features \
		cargo build --locked --release "${args[@]}"
)
cp "$PLACE/target/release/wbuild/ddc-runtime/ddc_runtime.compact.compressed.wasm" "$out"
echo "$out: $(stat --format=%s "$out") bytes"
echo "blake2-256 (system.authorizeUpgrade): 0x$(b2sum --length=256 "$out" | cut -d' ' -f1)"
echo "sha-256: $(sha256sum "$out" | cut -d' ' -f1)"
