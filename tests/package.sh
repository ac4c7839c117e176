#!/usr/bin/env bash
# Puts the package to the test that an operator would: tests/netlab/package.ts, on a fresh Debian.
#
#   tests/package.sh [--if-allowed]
#   PREVIOUS=older.deb tests/package.sh      upgrades from that package instead of the same build under an older number
#
# Needs root, Debian's mirror (once; the root folder is kept beside what is built) and namespaces. With
# --if-allowed it says loudly that it was NOT run when that cannot be had, and succeeds.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
built=${CARGO_TARGET_DIR:-$PWD/target}
work=$built/package
mkdir -p "$work"

not_run() {
  cat >&2 <<END

  ##########################################################################
  #  THE PACKAGE WAS NOT TRIED: $1
  #  Nothing about install, upgrade, rollback and purge has been tested.   #
  ##########################################################################

END
  [[ $if_allowed ]] && exit 0
  exit 1
}
if_allowed=
[[ " $* " != *" --if-allowed "* ]] || if_allowed=--if-allowed

[ "$(id -u)" = 0 ] || not_run "it needs root."
for tool in debootstrap systemd-nspawn; do
  command -v "$tool" >/dev/null || not_run "$tool is not installed (tests/tools.sh)."
done

# This machine's Debian, because the program is linked against its libc.
codename=$(. /etc/os-release && [ "$ID" = debian ] && echo "$VERSION_CODENAME" || echo bookworm)
if [ ! -e "$work/$codename/.whole" ]; then
  rm -rf "${work:?}/$codename"
  debootstrap --variant=minbase --include=systemd-sysv,dbus "$codename" "$work/$codename" http://deb.debian.org/debian >"$work/debootstrap.log" 2>&1 ||
    not_run "debootstrap failed: $(tail -n 1 "$work/debootstrap.log")"
  touch "$work/$codename/.whole"
fi

rm -rf "${work:?}/older" "${work:?}/newer"
newer=$(packaging/deb.sh dev "" "$work/newer")
older=${PREVIOUS:-$(packaging/deb.sh dev 0.0.1-1 "$work/older")}
if command -v lintian >/dev/null; then lintian --allow-root --fail-on error,warning "$newer"; fi

# A cgroup of its own for the machine's systemd; taken away with everything in it.
cgroups=()
for parent in /sys/fs/cgroup/unified /sys/fs/cgroup/systemd /sys/fs/cgroup; do
  [ ! -e "$parent/cgroup.procs" ] || cgroups+=("$parent/parlor-package-$$")
done
((${#cgroups[@]})) || not_run "no cgroups are mounted."
tidy() {
  for cgroup in "${cgroups[@]}"; do
    [ ! -d "$cgroup" ] || find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}
trap tidy EXIT
mkdir "${cgroups[@]}" || not_run "cgroups cannot be made."
(
  for cgroup in "${cgroups[@]}"; do echo $BASHPID >"$cgroup/cgroup.procs"; done
  exec tests/netlab/run.sh package.ts "$work/$codename" "$(realpath "$older")" "$(realpath "$newer")" $if_allowed
)
