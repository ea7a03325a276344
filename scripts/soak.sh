#!/usr/bin/env bash
# An hour of mixed faults: builds the release profile of the gateway, then sends requests through it until the time
# is up. SOAK_SECONDS, SOAK_RATE, SOAK_SEED and SOAK_LEAVERS change the run; HANDOVER_BIN tests another binary.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build
say "building the release profile (quick when nothing changed)"
cargo build --release --locked --quiet -p handover-cli -p handover-bench
exec env HANDOVER_BIN="${HANDOVER_BIN:-$target/release/handover}" "$target/release/handover-soak" "$@"
