#!/usr/bin/env bash
# How exact hand-overs in mid-answer are: twenty answers of the local model, each cut after every token, go on at the
# local engine. Takes some ten minutes. EXACTNESS_ANSWERS, EXACTNESS_SEED and EXACTNESS_TOKENS choose
# fewer, others and shorter ones; HANDOVER_BIN tests another binary.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

scripts/setup.sh build test
binary=${HANDOVER_BIN:-$target/debug/handover}
if [ -z "${HANDOVER_BIN:-}" ]; then
  say "building the dev profile (quick when nothing changed)"
  cargo build --locked --quiet -p handover-cli
fi
"$binary" model pull smollm2-135m-instruct
exec env HANDOVER_BIN="$binary" EXACTNESS_ANSWERS="${EXACTNESS_ANSWERS:-20}" \
  EXACTNESS_TOKENS="${EXACTNESS_TOKENS:-40}" \
  "$venv/bin/python" -m pytest -q -s tests/e2e/test_exactness.py "$@"
