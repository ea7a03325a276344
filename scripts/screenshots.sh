#!/usr/bin/env bash
# Pictures of both pages in every state, from the real binary and failing providers.
# Without arguments all of them; with some, those whose names begin so: scripts/screenshots.sh chat-backup hand-over
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build browser
step "build: the handover binary" cargo build --quiet --locked -p handover-cli
step "take the pictures" env HANDOVER_BIN="$target/debug/handover" node tests/browser/screenshots.mjs "$@"
say "all of them are in target/screenshots, the best in docs/pictures"
