#!/usr/bin/env bash
# Installs what the tests use and the machine lacks: Debian's Chromium, coturn's clients (the foreign
# TURN client), pebble (an ACME authority), what the network lab is made of, what the
# package is tried with, cargo-deny and cargo-deb. Does nothing, quickly, when all is there.
#
#   tests/tools.sh [deb]       with `deb` only what `make deb` needs
set -euo pipefail

# They run for seconds, so that optimising them for minutes would be a loss.
crate() {
  echo "installing $1 (some minutes, once) ..."
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --locked --version "$2" "$1"
}
packager() { cargo deb --version >/dev/null 2>&1 || crate cargo-deb 3.8.0; }
[ "${1:-}" != deb ] || { packager; exit; }

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v turnutils_uclient >/dev/null || missing+=(coturn)
# The authority that certificates come from in tests, and somebody else's https client.
command -v pebble >/dev/null || missing+=(pebble)
command -v curl >/dev/null || missing+=(curl ca-certificates)
# The network lab: namespaces and cables, NATs, forgetting what was translated, an authority to trust.
command -v ip >/dev/null || missing+=(iproute2)
command -v nft >/dev/null || [ -x /usr/sbin/nft ] || missing+=(nftables)
command -v conntrack >/dev/null || [ -x /usr/sbin/conntrack ] || missing+=(conntrack)
command -v certutil >/dev/null || missing+=(libnss3-tools)
command -v openssl >/dev/null || missing+=(openssl)
# The package: a fresh Debian, something to boot it with, and Debian's own judgement.
command -v debootstrap >/dev/null || [ -x /usr/sbin/debootstrap ] || missing+=(debootstrap)
command -v systemd-nspawn >/dev/null || missing+=(systemd-container)
command -v lintian >/dev/null || missing+=(lintian)
if ((${#missing[@]})); then
  echo "installing ${missing[*]} ..."
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
cargo deny --version >/dev/null 2>&1 || crate cargo-deny 0.20.2
packager
