#!/usr/bin/env bash
# Instructions for each event of a healthy stream. With BEFORE=COMMIT the same is counted for that commit and compared.
# The gateway is built without the local engine, which has no part in it, and so without disturbing other builds.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build
command -v valgrind >/dev/null || need_apt "it counts the instructions" valgrind
say "building the release profile (quick when nothing changed)"
cargo build --release --locked --quiet -p handover-bench

# gateway FOLDER NAME: builds the gateway of a source tree, and leaves it as NAME.
gateway() {
  (cd "$1" && CARGO_TARGET_DIR=$target/events cargo build --release --locked --quiet -p handover-cli --no-default-features)
  cp "$target/events/release/handover" "$target/events/$2"
}

binaries=()
if [ -n "${BEFORE:-}" ]; then
  rm -rf "$target/events/source"
  mkdir -p "$target/events/source"
  git archive "$BEFORE" | tar x -C "$target/events/source"
  step "building the gateway of $BEFORE" gateway "$target/events/source" gateway-before
  binaries+=(--handover "before=$target/events/gateway-before")
fi
step "building the gateway" gateway "$root" gateway-now
exec "$target/release/handover-events" "${binaries[@]}" --handover "now=$target/events/gateway-now" "$@"
