#!/usr/bin/env bash
# Makes a tar.gz for machines without apt, and its checksum: dist.sh [PROFILE], by default `release`.
# The program is static (musl) where Rust's musl target and musl-gcc are installed, and says in the
# archive's name when it is not.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
machine=$(uname -m)
target=$machine-unknown-linux-musl
built=${CARGO_TARGET_DIR:-target}
mode=${profile/#dev/debug}

if [ -d "$(rustc --print target-libdir --target "$target" 2>/dev/null)" ] && command -v musl-gcc >/dev/null; then
  cargo build --quiet --locked --profile "$profile" --target "$target" -p parlor
  program=$built/$target/$mode/parlor
  kind=static
else
  echo "not static: install musl-tools, and \`rustup target add $target\`; this one needs the libc of this machine or a newer one" >&2
  cargo build --quiet --locked --profile "$profile" -p parlor
  program=$built/$mode/parlor
  kind=gnu
fi

version=$("$program" version | cut -d' ' -f2)
name=parlor-$version-linux-$machine-$kind
to=target/dist/$name
rm -rf "$to" && mkdir -p "$to"
install -D -m 755 "$program" "$to/bin/parlor"
strip "$to/bin/parlor"
# Pages and completions where a tree like /usr/local has them.
"$program" manual --to "$to/share"
mv "$to/share/man1" "$to/share/man1.d" && mkdir -p "$to/share/man" && mv "$to/share/man1.d" "$to/share/man/man1"
install -D -m 644 "$to/share/parlor.bash" "$to/share/bash-completion/completions/parlor"
install -D -m 644 "$to/share/_parlor" "$to/share/zsh/site-functions/_parlor"
install -D -m 644 "$to/share/parlor.fish" "$to/share/fish/vendor_completions.d/parlor.fish"
rm "$to/share/parlor.bash" "$to/share/_parlor" "$to/share/parlor.fish"
install -D -m 644 -t "$to/systemd" systemd/*
sed -i 's|/usr/bin/parlor|/usr/local/bin/parlor|' "$to/systemd/"*.service
install -D -m 644 packaging/config.toml "$to/config.toml"
sed -i 's|/usr/share/doc/parlor/examples/config.toml|config-all.toml|' "$to/config.toml"
install -m 644 config.toml "$to/config-all.toml"
install -m 644 packaging/copyright "$to/LICENSE"
install -m 644 README.md CHANGELOG.md "$to/"
install -D -m 644 -t "$to/docs" docs/*.md
install -m 755 packaging/install.sh "$to/"

# Its time is the commit's, so that the same source gives the same archive.
when=@$(git log -1 --format=%ct 2>/dev/null || date +%s)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="$when" -C target/dist -cf - "$name" | gzip -9n >"target/dist/$name.tar.gz"
rm -rf "$to"
(cd target/dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "target/dist/$name.tar.gz"
