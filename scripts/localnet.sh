#!/usr/bin/env bash
# Builds everything and runs a local network: four validators, a DAC, and five storage nodes' traffic.
# `scripts/localnet.sh --help` tells what it takes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/env.sh
source "$root/scripts/env.sh"

"$root/scripts/setup.sh"
# The whole workspace at once: features are unified the same way each time, so nothing is built twice.
(cd "$root" && cargo build --locked --release --workspace)
exec node "$root/tests/e2e/localnet.mjs" "$@"
