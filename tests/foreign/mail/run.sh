#!/usr/bin/env bash
# Mails and calendars before other people's programs: aiosmtpd takes them, Python's email and icalendar,
# ical.js, dkimpy and Radicale read them. Installs those first, by digests and by a lock file.
# PARLOR_FOREIGN=skip leaves this out.
set -euo pipefail
cd "$(dirname "$0")"
if [ "${PARLOR_FOREIGN:-}" = skip ]; then
  echo "PARLOR_FOREIGN=skip: mails and calendars are NOT read by other programs"
  exit 0
fi
same() { sha256sum --status --check "$1" 2>/dev/null; }
if ! same node_modules/.installed; then
  npm ci --no-audit --no-fund
  sha256sum package-lock.json >node_modules/.installed
fi
if ! same .venv/installed; then
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip install --quiet --require-hashes -r requirements.txt
  sha256sum requirements.txt >.venv/installed
fi
.venv/bin/python check.py
node ical.mjs
export PARLOR_MAIL_PYTHON=$PWD/.venv/bin/python
cd ../../..
# Lines that are protected well and badly. The whole workspace is named, because one package alone would
# be built anew, with its dependencies, for other features of theirs.
cargo test --locked --workspace --test guarded_mail -- --ignored
# Reminders to a real mail server while the sender is killed: REMINDERS=10000 is the full proof.
REMINDERS=${REMINDERS:-600} cargo test --locked --workspace --test kill_mail -- --nocapture
