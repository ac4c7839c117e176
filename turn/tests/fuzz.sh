#!/usr/bin/env bash
# Fuzzes the relay for so many minutes: the STUN decoder and the stream framer (the properties beside
# their code) and the request handler (tests/fuzz.rs, a live relay). Each round has another seed. A case
# that fails is kept in the file that is named at the end; `cargo test -p parlor-turn` runs it first.
set -euo pipefail
minutes=${1:-10}
cases=${CASES:-3000}
end=$((SECONDS + minutes * 60))
rounds=0
while ((SECONDS < end)); do
  PROPTEST_CASES=$((cases * 20)) cargo test --quiet --locked -p parlor-turn --lib panics
  PROPTEST_CASES=$cases cargo test --quiet --locked -p parlor-turn --test fuzz
  rounds=$((rounds + 1))
done
echo "RESULT fuzz minutes=$minutes rounds=$rounds cases_per_target=$((cases * rounds)) crashes=0"
