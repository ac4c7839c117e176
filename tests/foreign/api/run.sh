#!/usr/bin/env bash
# The REST interface before schemathesis, a program that reads the OpenAPI document and asks everything in
# it, rightly and wrongly, as nobody and as each role: no answer may be a 5xx, or one that the document
# does not know. Installs it first, by digests. EXAMPLES=50 asks more. PARLOR_FOREIGN=skip leaves this out.
set -euo pipefail
cd "$(dirname "$0")"
if [ "${PARLOR_FOREIGN:-}" = skip ]; then
  echo "PARLOR_FOREIGN=skip: the REST interface is NOT compared with its document"
  exit 0
fi
if ! sha256sum --status --check .venv/installed 2>/dev/null; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements.txt
  sha256sum requirements.txt >.venv/installed
fi
exec node roles.mjs
