#!/usr/bin/env bash
# Installs what building and the local network need, on a Debian-like machine with rustup, Node and apt; with --tests,
# also what only tests need. Safe to run again: it installs only what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
source scripts/env.sh

PACKAGES=(protobuf-compiler clang mold ca-certificates libssl-dev pkg-config)
WASM_PACKAGES=(rustc-web cargo-web rust-web-src libstd-rust-web-dev)
TEST_PACKAGES=(chromium curl)
NPM_FOLDERS=(tests/e2e console)
TEST_NPM_FOLDERS=(tests/clients tests/papi docs/examples)
DEBIAN_RUSTC=/usr/bin/rustc
DEBIAN_CARGO=/usr/bin/cargo

say() { echo "setup: $*"; }
die() {
	echo "setup: error: $*" >&2
	exit 1
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "neither root nor sudo is available; run as root: $*"
	fi
}

# install_packages PACKAGE...: the Debian packages that are missing.
install_packages() {
	local package missing=()
	for package in "$@"; do
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
			missing+=("$package")
	done
	((${#missing[@]})) || return 0
	((EUID == 0)) || command -v sudo >/dev/null ||
		die "neither root nor sudo is available; run as root: apt-get install ${missing[*]}"
	say "installing Debian packages: ${missing[*]}"
	# A stale index may still do; the installation tells.
	as_root apt-get update -qq || say "apt-get update failed; trying with the present package lists"
	# --no-remove: never trade the machine's own compiler for ours.
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends --no-remove "${missing[@]}" ||
		die "apt could not install: ${missing[*]}"
}

# require_rust RUSTC NAME: the compiler is as new as the workspace asks.
require_rust() {
	local wanted version
	wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
	version=$("$1" --version | cut -d' ' -f2)
	[[ $(printf '%s\n' "$wanted" "$version" | sort -V | head -n1) == "$wanted" ]] ||
		die "$2 is $version, but this project needs $wanted or newer"
}

# Cargo does not notice a changed sysroot.
forget_wasm_builds() {
	rm -rf "$CARGO_TARGET_DIR"/*/wbuild
}

# Builds Debian's standard library for the wasm target, once per version of its compiler.
build_wasm_std() {
	local libdir stamp work sources crate rlibs
	libdir=$("$DEBIAN_RUSTC" --print target-libdir --target "$DDC_WASM_TARGET")
	stamp=$libdir/.ddc-rustc-version
	if [[ -f $stamp && $(<"$stamp") == "$("$DEBIAN_RUSTC" -vV)" ]]; then
		return
	fi

	say "building the standard library for $DDC_WASM_TARGET"
	work=$(mktemp -d)
	# shellcheck disable=SC2064 # $work is local: expand it now
	trap "rm -rf '$work'" EXIT
	mkdir "$work/src"
	printf '%s\n' '[package]' 'name = "wasm-std"' 'version = "0.0.0"' 'edition = "2021"' \
		'[profile.release]' 'panic = "abort"' >"$work/Cargo.toml"
	printf '%s\n' '#![no_std]' 'extern crate alloc;' >"$work/src/lib.rs"
	sources=$("$DEBIAN_RUSTC" --print sysroot)/lib/rustlib/src/rust/library/vendor
	# Debian ships the dependencies: no network. The runtime is linked with LTO: it needs the bitcode.
	(
		cd "$work"
		unset CARGO_ENCODED_RUSTFLAGS RUSTUP_TOOLCHAIN RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER
		export RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes RUSTC=$DEBIAN_RUSTC
		CARGO_TARGET_DIR=$work/target "$DEBIAN_CARGO" \
			--config 'source.crates-io.replace-with = "debian"' \
			--config "source.debian.directory = '$sources'" \
			build --quiet --offline --release --target "$DDC_WASM_TARGET" -Zbuild-std=core,alloc
	) || die "could not build the standard library for $DDC_WASM_TARGET"

	as_root rm -rf "${libdir:?}"
	as_root mkdir -p "$libdir"
	for crate in core alloc compiler_builtins; do
		rlibs=("$work/target/$DDC_WASM_TARGET/release/deps/lib$crate"-*.rlib)
		as_root install -m 644 "${rlibs[@]}" "$libdir"
	done
	# Last, so that an interrupted copy is done again.
	"$DEBIAN_RUSTC" -vV >"$work/stamp"
	as_root install -m 644 "$work/stamp" "$stamp"
	rm -rf "$work"
	trap - EXIT
	forget_wasm_builds
}

# Debian's compiler as a rustup toolchain, with the wasm target.
install_debian_wasm() {
	((has_apt)) ||
		die "rustup could not install the wasm target; see: rustup target add $DDC_WASM_TARGET"
	install_packages "${WASM_PACKAGES[@]}"
	require_rust "$DEBIAN_RUSTC" "Debian's rustc"
	[[ -x $(ddc_lld_dir)/rust-lld ]] || die "the Rust toolchain has no rust-lld: $(ddc_lld_dir)"
	build_wasm_std
	if [[ $(rustup run "$DDC_WASM_TOOLCHAIN" rustc --print sysroot 2>/dev/null) != /usr ]]; then
		rustup toolchain link "$DDC_WASM_TOOLCHAIN" /usr
	fi
}

install_wasm_target() {
	if ddc_has_wasm rustc; then
		return
	fi
	command -v rustup >/dev/null ||
		die "rustc has no $DDC_WASM_TARGET target, and there is no rustup to install it"
	# Once Debian's compiler serves, do not wait for rustup's servers each time.
	if ! ddc_has_wasm rustup run "$DDC_WASM_TOOLCHAIN" rustc; then
		say "installing the Rust target $DDC_WASM_TARGET"
		if timeout 60 rustup --quiet target add "$DDC_WASM_TARGET" >/dev/null 2>&1; then
			forget_wasm_builds
			return
		fi
		say "rustup could not install it; using Debian's compiler"
	fi
	install_debian_wasm
}

# install_npm_packages FOLDER...
install_npm_packages() {
	local folder lock installed
	for folder in "$@"; do
		lock=$folder/package-lock.json
		# npm writes this copy of the lock last.
		installed=$folder/node_modules/.package-lock.json
		if [[ ! -f $installed || $lock -nt $installed ]]; then
			say "installing npm packages for $folder"
			(cd "$folder" && npm ci --loglevel=error) || die "npm ci failed in $folder"
		fi
	done
}

tests=0
case "$*" in
"") ;;
--tests) tests=1 ;;
*) die "usage: scripts/setup.sh [--tests]" ;;
esac

for tool in rustc cargo node npm; do
	command -v "$tool" >/dev/null || die "$tool is missing: install Rust (rustup) and Node.js first"
done
require_rust rustc "the Rust toolchain"

has_apt=0
if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
	has_apt=1
	install_packages "${PACKAGES[@]}"
else
	for tool in protoc clang pkg-config; do
		command -v "$tool" >/dev/null || die "no apt here: install the equivalents of: ${PACKAGES[*]}"
	done
fi
install_wasm_target
install_npm_packages "${NPM_FOLDERS[@]}"
if ((tests)); then
	((!has_apt)) || command -v chromium >/dev/null || install_packages "${TEST_PACKAGES[@]}"
	install_npm_packages "${TEST_NPM_FOLDERS[@]}"
fi
say "ready"
