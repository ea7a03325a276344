#!/usr/bin/env bash
# Everything about the tree that can be said without running it. The cheapest check comes first.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

step "tools for the checks" scripts/setup.sh check
step "format: cargo fmt --check" cargo fmt --all --check
step "dependency rules: cargo deny" scripts/deny.sh
step "lints: cargo clippy, warnings are errors (the first time this builds llama.cpp: minutes)" \
  cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
step "lints of a build without pages and local engine" \
  cargo clippy --quiet --locked -p handover-cli -p handover-server --no-default-features -- -D warnings
step "documentation: cargo doc, warnings are errors" \
  env RUSTDOCFLAGS="-D warnings" cargo doc --quiet --locked --workspace --no-deps --document-private-items
