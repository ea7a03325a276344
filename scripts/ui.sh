#!/usr/bin/env bash
# The pages: types, unit tests, and that the build in crates/server/ui is the one that the source gives, to the byte.
# With `write`: builds it there, for whoever has changed the source.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

built=crates/server/ui
# What a reader downloads in all, compressed.
budget_bytes=60000

build_into() { (cd ui && npx --no-install vite build --logLevel warn --outDir "$1" --emptyOutDir); }

same_as_committed() {
  diff -r "$1" "$built" >/dev/null && return
  diff -rq "$1" "$built" >&2 || true
  die "$built is not what ui/ builds; run \`make ui\` and commit it"
}

within_budget() {
  local sum=0 file size
  printf '  %-14s %9s %9s\n' file bytes gzip >&2
  for file in index.html app.js vendor.js app.css favicon.svg; do
    [ -f "$built/$file" ] || die "$built/$file is missing"
    size=$(gzip -9 -n -c "$built/$file" | wc -c)
    sum=$((sum + size))
    printf '  %-14s %9d %9d\n' "$file" "$(wc -c <"$built/$file")" "$size" >&2
  done
  printf '  %-14s %9s %9d of %d\n' together "" "$sum" "$budget_bytes" >&2
  [ "$sum" -le "$budget_bytes" ] || die "the pages are larger than their budget"
}

scripts/setup.sh ui
if [ "${1:-check}" = write ]; then
  step "build the pages into $built" build_into "$root/$built"
  within_budget
  exit
fi
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
step "types of the pages: tsc" npm --prefix ui run --silent check
step "unit tests of the pages: vitest" npm --prefix ui test --silent
step "build the pages" build_into "$temporary/ui"
step "the committed build is this one" same_as_committed "$temporary/ui"
step "the pages' size, compressed" within_budget
