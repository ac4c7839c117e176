#!/usr/bin/env bash
# Runs a program of the lab in namespaces of its own: network, mounts and processes. The machine's
# network is neither used nor changed, and when this script ends, however it ends, the kernel takes
# everything away: namespaces, routers, browsers and the server.
#
#   tests/netlab/run.sh main.ts [--if-allowed] [...]
#
# Needs root, or a system that lets users make namespaces. With --if-allowed it says loudly that the
# lab was NOT run when it cannot be, and succeeds.
set -euo pipefail
cd "$(dirname "$0")"
PATH=$PATH:/usr/sbin:/sbin

world=(unshare --net --mount --pid --fork --kill-child --mount-proc)
[ "$(id -u)" = 0 ] || world+=(--user --map-root-user)
if ! why=$("${world[@]}" sh -c 'mount -t tmpfs none /run && mkdir /run/netns && ip netns add probe && ip netns exec probe nft list ruleset' 2>&1); then
  cat >&2 <<EOF

  ###########################################################################
  #  THE NETWORK LAB WAS NOT RUN: this machine does not allow namespaces.   #
  #  Nothing about NATs, firewalls and changed addresses has been tested.   #
  ###########################################################################
  $why

EOF
  [[ " $* " == *" --if-allowed "* ]] && exit 0
  exit 1
fi

export PARLOR=${PARLOR:-${CARGO_TARGET_DIR:-$PWD/../../target}/debug/parlor}
program=../e2e/node_modules/.cache/netlab/${1%.ts}.mjs
../e2e/node_modules/.bin/esbuild "$1" --bundle --platform=node --format=esm --packages=external \
  --log-level=warning --outfile="$program"
shift

exec "${world[@]}" bash -euc '
  mount -t tmpfs none /run
  mkdir /run/netns /run/tmp
  export TMPDIR=/run/tmp
  status=0
  node "$@" || status=$?
  exit $status
' lab "$program" "$@"
