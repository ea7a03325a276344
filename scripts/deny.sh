#!/usr/bin/env bash
# Dependency rules: licences, banned crates and sources always; known vulnerabilities when the database can be had.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

cargo deny --log-level error check bans licenses sources
# The advisory database is fetched by git. Where it is out of reach, that is said and is no failure of this tree;
# where it is in reach, an advisory fails the check.
if timeout 60 cargo deny --log-level off fetch db >/dev/null 2>&1; then
  cargo deny --log-level error check --disable-fetch advisories
else
  say "  not checked: advisories (the database cannot be fetched from here)"
fi
