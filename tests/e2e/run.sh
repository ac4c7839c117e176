#!/usr/bin/env bash
# Runs a TypeScript program of this folder with Node: run.sh join-time.ts [...]
set -euo pipefail
cd "$(dirname "$0")"
export PARLOR=${PARLOR:-${CARGO_TARGET_DIR:-$PWD/../../target}/debug/parlor}
program=node_modules/.cache/programs/${1%.ts}.mjs
node_modules/.bin/esbuild "$1" --bundle --platform=node --format=esm --packages=external \
  --log-level=warning --outfile="$program"
shift
exec node "$program" "$@"
