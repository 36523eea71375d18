# shellcheck shell=bash
# Build settings of all scripts: source it. What a bare `cargo` needs too is in .cargo/config.toml.

# Outside the checkout, so that a cleaned or second checkout does not rebuild the SDK.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ddc/target}"

DDC_WASM_TARGET=wasm32v1-none
# Debian's compiler, linked by setup.sh where rustup cannot install the wasm target.
DDC_WASM_TOOLCHAIN=ddc-wasm

# ddc_has_wasm RUSTC...: whether this compiler has a standard library for the wasm target.
ddc_has_wasm() {
	local libdir
	libdir=$("$@" --print target-libdir --target "$DDC_WASM_TARGET" 2>/dev/null) || return 1
	compgen -G "$libdir/libcore-*.rlib" >/dev/null && compgen -G "$libdir/liballoc-*.rlib" >/dev/null
}

# ddc_lld_dir: the directory of the rust-lld that the stock toolchain ships.
ddc_lld_dir() {
	local libdir
	libdir=$(rustc --print target-libdir) || return 1
	echo "${libdir%/lib}/bin"
}

if [[ -z ${WASM_BUILD_TOOLCHAIN:-} ]] && ! ddc_has_wasm rustc &&
	ddc_has_wasm rustup run "$DDC_WASM_TOOLCHAIN" rustc; then
	export WASM_BUILD_TOOLCHAIN=$DDC_WASM_TOOLCHAIN
fi

# Debian's compiler comes without rust-lld. Last on PATH, so that it hides no other tool.
if [[ ${WASM_BUILD_TOOLCHAIN:-} == "$DDC_WASM_TOOLCHAIN" ]] && ! command -v rust-lld >/dev/null; then
	PATH="$PATH:$(ddc_lld_dir)"
	export PATH
fi
