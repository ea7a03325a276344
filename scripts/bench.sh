#!/usr/bin/env bash
# The benchmark: builds the release profile, then runs the same load direct, through nginx and through Handover.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh bench
say "building the release profile (quick when nothing changed)"
cargo build --release --locked --quiet -p handover-cli -p handover-bench
exec "$target/release/handover-bench" --handover "$target/release/handover" "$@"
