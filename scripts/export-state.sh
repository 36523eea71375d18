#!/usr/bin/env bash
# Writes the state of a running chain at a finalised block to a file, without the code:
#   scripts/export-state.sh --out FILE [--node URL] [--block NUMBER]
# FILE is gzipped JSON: { chain, spec, block, number, state: { key: value } }, keys and values in hex. Without --block it
# is the last finalised block; an older one must still be among the states that the node keeps. The RPC is read only.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[[ -d $root/tests/e2e/node_modules ]] || "$root/scripts/setup.sh"
exec node "$root/tests/e2e/export-state.mjs" "$@"
