#!/usr/bin/env bash
# Makes new session keys in a running node, and prints them with the proof that `session.setKeys` asks for:
#   scripts/session-keys.sh STASH [RPC_URL]
# STASH is the validator's stash, an SS58 address or 0x-prefixed public key; nobody else can register these keys.
# RPC_URL is the node's own unsafe RPC (http://127.0.0.1:9944). The keys stay in the node's keystore.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/env.sh
source scripts/env.sh

die() {
	echo "session-keys: error: $*" >&2
	exit 1
}

[[ $# -ge 1 && $# -le 2 ]] || die "usage: scripts/session-keys.sh STASH [RPC_URL]"
stash=$1
url=${2:-http://127.0.0.1:9944}
if [[ $stash != 0x* ]]; then
	node=$(command -v ddc-node || echo "$CARGO_TARGET_DIR/release/ddc-node")
	stash=$("$node" key inspect --output-type json "$stash") || die "$1 is no address"
	stash=$(sed -n 's/.*"publicKey": *"\(0x[0-9a-f]*\)".*/\1/p' <<<"$stash")
fi
[[ $stash =~ ^0x[0-9a-fA-F]{64}$ ]] || die "$1 is no account"

answer=$(curl --silent --show-error --fail --max-time 30 --header 'content-type: application/json' \
	--data "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"author_rotateKeysWithOwner\",\"params\":[\"$stash\"]}" "$url") ||
	die "no answer from $url"
keys=$(sed -n 's/.*"keys":"\(0x[0-9a-f]*\)".*/\1/p' <<<"$answer")
proof=$(sed -n 's/.*"proof":"\(0x[0-9a-f]*\)".*/\1/p' <<<"$answer")
[[ $keys && $proof ]] || die "the node says $answer"
echo "keys:  $keys"
echo "proof: $proof"
