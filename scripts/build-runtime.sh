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
rm -rf "$PLACE/source"
mkdir "$PLACE/source"
# What git knows or would add. Times are kept, so that only what changed is built again.
git ls-files -z --cached --others --exclude-standard |
	while IFS= read -r -d '' file; do [[ ! -e $file ]] || printf '%s\0' "$file"; done |
	tar --create --null --files-from=- | tar --extract --directory "$PLACE/source"

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
