# Shared by the scripts beside it; sourced, not run.
# Every step says what it does, why, and how long it took, so that nobody stares at a silent terminal.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
target=${CARGO_TARGET_DIR:-$root/target}
venv=${HANDOVER_VENV:-$root/.venv}
case $target in /*) ;; *) target=$root/$target ;; esac

say() { printf '\033[2m[%4ds]\033[0m %s\n' "$SECONDS" "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# step "what and why" command...: announces, runs, and gives the time taken.
step() {
  local what=$1 began=$SECONDS
  shift
  say "$what"
  "$@" || die "this step failed: $what"
  say "  done in $((SECONDS - began)) s"
}

# need_apt "why" package...: installs Debian packages, or says the exact command when not root.
need_apt() {
  local why=$1
  shift
  if [ "$(id -u)" != 0 ]; then
    die "missing: $* ($why). Run: sudo apt-get install -y $*"
  fi
  command -v apt-get >/dev/null || die "missing: $* ($why), and there is no apt-get here; install them by your system's means"
  say "installing $* ($why)"
  # Runlevel 1: a server among them (nginx) is installed, not started.
  export RUNLEVEL=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 \
    || { apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } \
    || die "apt-get could not install: $*"
}

# Colours only where somebody looks.
if [ ! -t 2 ] || [ -n "${NO_COLOR:-}" ]; then
  say() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }
fi
