#!/usr/bin/env bash
# Makes a Debian package out of what was built: deb.sh [PROFILE [VERSION [FOLDER]]], by default
# `release`, Cargo.toml's version and target/debian. Prints its path.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release} version=${2:-} folder=${3:-target/debian}
built=${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}

# Man pages and completions come from the program itself.
rm -rf target/manual
"$built/parlor" manual --to target/manual
gzip -9n <CHANGELOG.md >target/manual/changelog.gz

# What Debian wants beside it: the history of the package, which is that of the program.
version=${version:-$("$built/parlor" version | cut -d' ' -f2)-1}
maintainer=$(sed -n 's/^maintainer = "\(.*\)"/\1/p' Cargo.toml)
cat >target/manual/changelog.Debian <<END
parlor ($version) stable; urgency=medium

  * See changelog.gz.

 -- $maintainer  $(date --rfc-email)
END
# A package of a debug build is for tests: made quickly, not small.
cargo deb --quiet --no-build --no-dbgsym --strip --profile "$profile" --package parlor \
  $([ "$profile" = release ] || echo --fast) --deb-version "$version" --output "$folder/"
