#!/usr/bin/env bash
# From a fresh clone to an answering gateway. Arguments go to `handover serve`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build
if [ ! -x "$target/release/handover" ]; then
  say "building Handover and its local engine (llama.cpp): several minutes the first time, seconds afterwards"
fi
cargo build --release --locked -p handover-cli || die "the build failed; the lines above say where"
"$target/release/handover" model pull smollm2-135m-instruct
exec "$target/release/handover" serve "$@"
