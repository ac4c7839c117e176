#!/bin/sh
# Puts the program of this folder into a machine with systemd, as root; the same again is an upgrade. Settings and data
# that are there stay as they are. With Debian, take the package instead.
set -e
cd "$(dirname "$0")"

install -d /usr/local/bin /usr/local/share
# Beside the old one and renamed, because that one is running.
install -m 755 bin/parlor /usr/local/bin/parlor.new
mv /usr/local/bin/parlor.new /usr/local/bin/parlor
cp -R share/. /usr/local/share/
install -D -m 644 systemd/parlor.sysusers /etc/sysusers.d/parlor.conf
install -D -m 644 systemd/parlor.tmpfiles /etc/tmpfiles.d/parlor.conf
for unit in parlor.service parlor.socket parlor-backup.service parlor-backup.timer; do
    install -m 644 "systemd/$unit" /etc/systemd/system/
done
systemd-sysusers /etc/sysusers.d/parlor.conf
systemd-tmpfiles --create /etc/tmpfiles.d/parlor.conf
[ -e /etc/parlor/config.toml ] || install -m 640 -g parlor config.toml /etc/parlor/config.toml

systemctl daemon-reload
systemctl enable parlor.socket parlor.service parlor-backup.timer
if systemctl --quiet is-active parlor.service; then
    # Not the socket: it keeps the ports meanwhile.
    begin="restart parlor.service"
else
    begin="start parlor.socket parlor.service parlor-backup.timer"
fi
systemctl $begin || echo "The server did not start; journalctl -u parlor says why."
echo "Set public_url in /etc/parlor/config.toml, then: systemctl restart parlor"
