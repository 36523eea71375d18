#!/usr/bin/env bash
# Puts a new runtime to a referendum and sees it through: preimage, referendum, deposit, vote, application.
#   scripts/upgrade.sh --runtime FILE [--node URL] [--vote TOKENS] [--key-file FILE]
# FILE is what scripts/build-runtime.sh wrote. Safe to run again, also by others: it goes on where the chain is.
# The key (a secret URI) is read from --key-file, or from the environment: DDC_KEY.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[[ -d $root/tests/e2e/node_modules ]] || "$root/scripts/setup.sh"
exec node "$root/tests/e2e/upgrade.mjs" "$@"
