#!/bin/bash
# make check-install: what `make install` leaves, on a Debian 12 of its own that
# systemd has booted. Needs root, debootstrap, systemd-nspawn and, the first
# time, a Debian mirror ($DEBIAN_MIRROR); so it is not part of `make check`.
B=${B:-build/release}
. "$(dirname "$0")/lib.sh"
base=$PWD/build/debian-12
root=$T/root

not_here() {
	skip "the installed service was not tested: $1"
	finish
}
[ "$(id -u)" = 0 ] || not_here "only root may boot a container"
for tool in debootstrap systemd-nspawn nsenter; do
	command -v $tool > /dev/null || not_here "$tool is missing (packages debootstrap, systemd-container)"
done

# -- a Debian with what the two programs are linked to, kept for the next time --
packages=$(ldd "$PARSD" "$PARSCTL" | sed -n 's|.*=> .*/\([^ ]*\) .*|*/\1|p' | sort -u | xargs dpkg -S | cut -d: -f1 | sort -u |
	xargs | tr ' ' ,)
if [ "$packages" != "$(cat "$base/packages" 2> /dev/null)" ]; then
	rm -rf "$base"
	mkdir -p "$base"
	debootstrap --variant=minbase --include="systemd,systemd-sysv,dbus,$packages" bookworm "$base/root" \
		"${DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$base/log" 2>&1 ||
		not_here "debootstrap failed, see $base/log: $(tail -n 1 "$base/log")"
	echo "$packages" > "$base/packages"
fi
cp -a --reflink=auto "$base/root" "$root"

# -- boot --
nspawn=(systemd-nspawn -q -D "$root" -M "parsd-$$" --register=no --private-network --console=pipe)
[ -d /run/systemd/system ] || nspawn+=(--keep-unit) # no systemd out here
# boot ARGS...: of systemd-nspawn. Then "${inside[@]}" COMMAND runs in there.
boot() {
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 "${nspawn[@]}" -b "$@" < /dev/null > "$T/console" 2>&1 &
	pid[container]=$!
	until_true 10 pgrep -P "${pid[container]}"
	inside=(nsenter -t "$(pgrep -P "${pid[container]}")" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin)
	until_true 60 booted || not_here "systemd does not boot in systemd-nspawn: $(tail -n 3 "$T/console")"
}
booted() { [ "$("${inside[@]}" systemctl is-system-running)" = running ]; }
shut_down() {
	"${inside[@]}" systemctl poweroff
	until_true 60 is_gone "${pid[container]}" || fail "the container does not shut down"
	unset 'pid[container]'
}
run_make() { make -s PREFIX=/usr DESTDIR="$root" B="$B" "$1" > "$T/install.log" 2>&1 || fail "make $1" "$(cat "$T/install.log")"; }
active() { "${inside[@]}" systemctl is-active --quiet parsd.service; }
inactive() { ! active; }
restarts() { "${inside[@]}" systemctl show -P NRestarts parsd.service; }
restarted() { [ "$(restarts)" = 1 ] && active; }
remembers() { expect "$1: what was said is there" 0 'hello' "${inside[@]}" parsctl session read tea; }

run_make install
"${nspawn[@]}" systemd-sysusers 2> "$T/console" && grep -q '^parsd:' "$root/etc/passwd" && pass || fail "no user parsd"
"${nspawn[@]}" systemd-tmpfiles --create parsd.conf 2> "$T/console" && [ "$(chroot "$root" stat -c '%U %a' /var/lib/parsd)" = 'parsd 700' ] && pass ||
	fail "no folder for the data"
# A key for it, as an image would bring one, and the id that goes with it.
id=12D3KooWE3quQCP6Xu7eXpcmmpwVS1KofWnPCBWYNHCswgaqwCso
mkdir -p "$root/etc/credstore"
printf '%064d\n' 7 > "$root/etc/credstore/parsd.node-key"
chmod 600 "$root/etc/credstore/parsd.node-key"
boot

# -- the first command starts it --
expect "enabling" 0 '' "${inside[@]}" systemctl enable --now parsd.socket
inactive && pass || fail "it runs before anybody asked"
expect "the first command" 0 '^state' "${inside[@]}" parsctl status
active && pass || fail "the socket did not start the service" "$("${inside[@]}" systemctl status parsd)"
expect "enabling both" 0 '' "${inside[@]}" systemctl enable --now parsd.service
expect "the key of the credential store" 0 "$id" "${inside[@]}" parsctl id show
expect "a session" 0 '' "${inside[@]}" parsctl session new tea --nick ann
expect "a message" 0 '' "${inside[@]}" parsctl session send tea hello
expect "its state, for people" 0 'Status: "starting, 0 connected: no peers known' "${inside[@]}" systemctl status parsd
expect "its log, in fields" 0 '"PARSD_FOLDER" ?: ?"daemon"' "${inside[@]}" journalctl -u parsd -o json
expect "its log, for people" 0 'parsd\[[0-9]+\]: ready: commands on /run/parsd/rpc.sock' "${inside[@]}" journalctl -u parsd
expect "reloading" 0 '' "${inside[@]}" systemctl reload parsd
"${inside[@]}" useradd -G parsd member
"${inside[@]}" useradd stranger
expect "a member of the group" 0 '^state' "${inside[@]}" runuser -u member -- parsctl status
expect "somebody else" 2 'ermission denied' "${inside[@]}" runuser -u stranger -- parsctl status
exposure=$("${inside[@]}" systemd-analyze security --no-pager parsd.service | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
awk "BEGIN { exit !(${exposure:-10} <= 1.5) }" && pass || fail "the service's exposure is $exposure, more than 1.5"

# -- it comes back --
"${inside[@]}" systemctl kill -s KILL parsd.service
until_true 20 restarted && pass || fail "not restarted after kill -9" "$("${inside[@]}" systemctl status parsd)"
remembers "after kill -9"
expect "stopping" 0 '' "${inside[@]}" systemctl stop parsd.service
until_true 10 inactive && pass || fail "it does not stop"
expect "starting" 0 '' "${inside[@]}" systemctl start parsd.service
remembers "after a stop"
shut_down
boot
active && pass || fail "it does not start with the machine"
remembers "after a reboot"
rm "$root/etc/credstore/parsd.node-key" # not needed any more

# -- uninstalling leaves what is the user's --
"${inside[@]}" systemctl disable --now parsd.socket parsd.service 2> /dev/null
run_make uninstall
"${inside[@]}" systemctl daemon-reload
expect "the unit is gone" 1 'No files found' "${inside[@]}" systemctl cat parsd.service
[ -s "$root/var/lib/parsd/parsd.db" ] && [ -s "$root/etc/parsd/parsd.conf" ] && pass || fail "data or settings are gone"
run_make install
"${inside[@]}" systemctl daemon-reload
expect "installed again" 0 '' "${inside[@]}" systemctl start parsd.service
expect "it is the same node" 0 "$id" "${inside[@]}" parsctl id show
remembers "after uninstalling"
shut_down
finish
