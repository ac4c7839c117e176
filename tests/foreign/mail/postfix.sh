#!/usr/bin/env bash
# Debian's Postfix as the mail server of a test. It is fetched by apt and unpacked into a cache, never
# installed: it runs in namespaces of its own (mounts, processes), with its own configuration, queue and
# users, on a free port of loopback; when this script ends, however it ends, the kernel takes all of it
# away. Wants STARTTLS, keeps what comes for example.org in one Maildir.
#
# Says its port and the authority that signed its certificate (PEM, in base64), then for every mail that
# was delivered its Message-ID and the instant, in epoch ms. Ends when its standard input does.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=$here/.postfix

if [ "${1:-}" != inside ]; then
  if [ ! -e "$cache/unpacked" ]; then
    rm -rf "$cache"
    mkdir -p "$cache/debs/partial" "$cache/root/usr"
    fetch() {
      apt-get install -qq -y --reinstall --no-install-recommends --download-only -o APT::Sandbox::User=root \
        -o Dir::Cache::archives="$cache/debs" postfix >&2
    }
    fetch || { apt-get update -qq && fetch; }
    for deb in "$cache"/debs/*.deb; do dpkg-deb -x "$deb" "$cache/root"; done
    # /lib is /usr/lib on Debian.
    [ ! -d "$cache/root/lib" ] || cp -a "$cache/root/lib" "$cache/root/usr/"
    touch "$cache/unpacked"
  fi
  world=(unshare --mount --pid --fork --kill-child --mount-proc)
  [ "$(id -u)" = 0 ] || { echo "Postfix needs root, to have users of its own" >&2; exit 1; }
  exec "${world[@]}" "$0" inside
fi

# Everything below is in the namespaces.
mount -t tmpfs none /mnt
chmod 755 /mnt
place=/mnt
for folder in usr etc; do
  mkdir -p "/mnt/over/$folder/up" "/mnt/over/$folder/work"
  mount -t overlay overlay -o "lowerdir=$cache/root/$folder:/$folder,upperdir=/mnt/over/$folder/up,workdir=/mnt/over/$folder/work" "/$folder"
done
for name in postfix:971 vmail:972; do
  echo "${name%:*}:x:${name#*:}:${name#*:}::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
  echo "${name%:*}:x:${name#*:}:" >>/etc/group
done
echo "postdrop:x:973:" >>/etc/group

# An authority, and a server's certificate that it signed.
quiet() { "$@" 2>/dev/null; }
quiet openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=An authority of tests" \
  -keyout "$place/ca.key" -out "$place/ca.pem"
quiet openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout "$place/mail.key" -out "$place/mail.csr"
quiet openssl x509 -req -days 2 -in "$place/mail.csr" -CA "$place/ca.pem" -CAkey "$place/ca.key" -CAcreateserial \
  -extfile <(echo "subjectAltName=DNS:localhost") -out "$place/mail.pem"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$place/conf" "$place/queue" "$place/data" "$place/mail"
chown postfix "$place/data"
chown vmail:vmail "$place/mail"
cat >"$place/conf/main.cf" <<CONF
compatibility_level = 3.6
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = $cache/root/etc/postfix
queue_directory = $place/queue
data_directory = $place/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = $place/data/log
maillog_file_prefixes = $place
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.example.net
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
biff = no
in_flow_delay = 0
# Only what is meant for it, only protected.
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = $place/mail.key, $place/mail.pem
virtual_mailbox_domains = example.org
virtual_mailbox_base = $place/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:972
virtual_gid_maps = static:972
virtual_minimum_uid = 972
# No mail leaves: whatever is for elsewhere is refused.
default_transport = error:nothing leaves a test
CONF
cat >"$place/conf/master.cf" <<CONF
127.0.0.1:$port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
CONF
postfix -c "$place/conf" start 2>/dev/null || { cat "$place/data/log" >&2; exit 1; }
echo "$port $(base64 -w0 "$place/ca.pem")"
python3 "$here/maildir.py" "$place/mail/all/new"
grep -E "warning|error|fatal|panic" "$place/data/log" | grep -v "postfix-script" >&2 || true
