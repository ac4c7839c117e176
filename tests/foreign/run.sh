#!/usr/bin/env bash
# Foreign WebRTC clients against the real binary (README.md). Installs them first: npm by its lock file,
# Python by digests into tests/foreign/.venv. Without a network and without an earlier installation this
# fails, unless PARLOR_FOREIGN=skip says that it may be left out.
set -euo pipefail
cd "$(dirname "$0")"

if [ "${PARLOR_FOREIGN:-}" = skip ]; then
  echo "PARLOR_FOREIGN=skip: aiortc, werift and node-datachannel are NOT tried against the relay"
  exit 0
fi
give_up() {
  echo "the foreign clients cannot be installed: $1" >&2
  echo "they need registry.npmjs.org and pypi.org once; PARLOR_FOREIGN=skip leaves this test out" >&2
  exit 1
}

# What was installed from the same lists stays.
same() { sha256sum --status --check "$1" 2>/dev/null; }
if ! same node_modules/.installed; then
  npm ci --no-audit --no-fund || give_up "npm ci"
  sha256sum package-lock.json >node_modules/.installed
fi
if ! same .venv/installed; then
  rm -rf .venv
  python3 -m venv .venv || give_up "python3 -m venv (Debian: apt-get install python3-venv)"
  .venv/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements.txt || give_up "pip install"
  sha256sum requirements.txt >.venv/installed
fi

# The TLS doors' certificate, trusted by the clients of this run and by nobody else.
trust=$(mktemp -d)
trap 'rm -rf "$trust"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext "subjectAltName=DNS:localhost,DNS:ip6-localhost,IP:127.0.0.1,IP:::1" \
  -keyout "$trust/key.pem" -out "$trust/cert.pem" 2>/dev/null
export PARLOR_FOREIGN_TRUST=$trust NODE_EXTRA_CA_CERTS=$trust/cert.pem
export PARLOR_FOREIGN_PYTHON=$PWD/.venv/bin/python
if [ "${1:-}" = ten-calls ]; then
  node ten-calls.mjs
else
  # What a client leaves open when its tests are over (a socket of werift's, a thread of libjuice's) must
  # not keep the run from ending.
  run() { node --test --test-force-exit --test-timeout=180000 "$@" foreign.test.mjs example.test.mjs; }
  # As with browsers: on a machine of CI, which may be busy, a second try decides.
  run "$@" || { [ -n "${CI:-}" ] && echo "FLAKY foreign: trying once more" && run "$@"; }
fi
