#!/usr/bin/env bash
# Runs one stage of `make test` and says how long it took: stage.sh NAME MINUTES_MAX COMMAND...
# A stage that hangs is ended after MINUTES_MAX and named, so that it cannot eat the whole run's time.
set -uo pipefail
name=$1 minutes=$2
shift 2
began=$SECONDS
timeout --kill-after=20 $((minutes * 60)) "$@"
status=$?
if [ $status = 124 ] || [ $status = 137 ]; then
  echo "STAGE $name was ended: it hung, or needs more than its $minutes minutes" >&2
else
  echo "STAGE $name took $((SECONDS - began)) s and ended with $status"
fi
exit $status
