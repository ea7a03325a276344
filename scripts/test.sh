#!/usr/bin/env bash
# Every test, with everything it needs. One profile (dev) for all of it, so that llama.cpp is compiled once.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

step "tools for the tests" scripts/setup.sh test
scripts/check.sh
step "the pages: types, unit tests, and the committed build against its source" scripts/ui.sh
step "build: the handover binary and all tests" cargo build --quiet --locked --workspace --all-targets
step "local model for the tests" "$target/debug/handover" model pull smollm2-135m-instruct
step "Rust tests: cargo test" env HANDOVER_PYTHON="$venv/bin/python" cargo test --locked --workspace --no-fail-fast
step "end to end: official SDKs, Python and JavaScript, against the binary" \
  env HANDOVER_BIN="$target/debug/handover" "$venv/bin/python" -m pytest -q tests/e2e
step "browser: both pages in Chromium, against the binary and failing providers" \
  env HANDOVER_BIN="$target/debug/handover" npm --prefix tests/browser test --silent
# Short, so more callers than usual leave: each phase needs enough of them. One seed, so that every run is the same.
step "soak: mixed faults on real sockets, shortened" \
  env HANDOVER_BIN="$target/debug/handover" SOAK_SECONDS="${SOAK_SECONDS:-30}" SOAK_SEED="${SOAK_SEED:-1}" \
  SOAK_LEAVERS=0.1 "$target/debug/handover-soak"
say "all tests passed"
