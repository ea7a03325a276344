#!/usr/bin/env bash
# The gap of a hand-over in the middle of an answer: builds the release profile, then breaks answers off and measures
# how long it takes until the reader sees the next character. HANDOVER_BIN measures another binary.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build
say "building the release profile (quick when nothing changed)"
cargo build --release --locked --quiet -p handover-cli -p handover-bench
exec env HANDOVER_BIN="${HANDOVER_BIN:-$target/release/handover}" "$target/release/handover-seam" "$@"
