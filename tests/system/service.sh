#!/bin/bash
# What a service manager sees: readiness, state, watchdog, reloading, stopping;
# a socket that it opened; and how far the unit shuts the service in.
. "$(dirname "$0")/lib.sh"
tool=$PWD/$B/tests/system/tool
a=("$PARSCTL" --rpc-socket "$T/a.sock")
told() { until_true "$1" grep -Eq "$2" "$T/notified" && pass || fail "not told: $2" "$(tail -n 20 "$T/notified")"; }
fed() { grep -c '^WATCHDOG=1$' "$T/notified"; }

"$tool" notify "$T/notify" > "$T/notified" &
pid[notify]=$!
until_true 5 test -S "$T/notify"
export NOTIFY_SOCKET=$T/notify
WATCHDOG_USEC=200000 start a
told 5 '^READY=1$'
told 5 '^STATUS=starting, 0 connected: no peers known'
expect "the socket is open when it is ready" 0 '^state' "${a[@]}" status
# Fed while the loop turns, starved when it does not.
before=$(fed)
more() { [ "$(fed)" -ge $((before + 5)) ]; }
until_true 5 more && pass || fail "the watchdog is not fed"
kill -STOP "${pid[a]}"
sleep 0.3
before=$(fed)
sleep 0.6
[ "$(fed)" = "$before" ] && pass || fail "a frozen daemon feeds the watchdog"
kill -CONT "${pid[a]}"
until_true 5 more && pass || fail "the watchdog is not fed any more"
"${a[@]}" pause > /dev/null
told 5 '^STATUS=paused, 0 connected: paused by request'
kill -HUP "${pid[a]}"
told 5 '^RELOADING=1$'
again() { [ "$(grep -c '^READY=1$' "$T/notified")" = 2 ]; }
until_true 5 again && pass || fail "not ready again after the reload"
stop a
told 5 '^STOPPING=1$'
[ "$status" = 0 ] && pass || fail "exit status $status"
kill "${pid[notify]}"
wait "${pid[notify]}" 2> /dev/null
unset 'pid[notify]' NOTIFY_SOCKET

# -- a socket from outside --
"$tool" activate "$T/passed.sock" "$PARSD" --datadir "$T/a" --rpc-socket "$T/other.sock" 2> "$T/a.log" < /dev/null &
pid[a]=$!
# A client that comes before it is ready waits, and is served.
until_true 5 test -S "$T/passed.sock"
expect "a command starts it" 0 '^state' "$PARSCTL" --rpc-socket "$T/passed.sock" status
grep -q "ready: commands on $T/passed.sock" "$T/a.log" && pass || fail "it does not serve the socket" "$(cat "$T/a.log")"
[ ! -e "$T/other.sock" ] && pass || fail "it opened a socket of its own, too"
stop a
[ -S "$T/passed.sock" ] && pass || fail "it removed a socket that is not its own"
expect "no Unix socket" 2 'passed is no listening Unix' bash -c "LISTEN_FDS=1 LISTEN_PID=\$\$ exec '$PARSD' --datadir '$T/a' --rpc-socket '$T/x.sock' 3< /dev/null"

# -- a key given --
mkdir "$T/credentials"
key=$T/credentials/node-key
printf '%064d\n' 7 > "$key"
chmod 600 "$key"
export CREDENTIALS_DIRECTORY=$T/credentials
start k
# The id of the Ed25519 key whose seed is 00...07.
expect "the given key is taken" 0 '12D3KooWE3quQCP6Xu7eXpcmmpwVS1KofWnPCBWYNHCswgaqwCso' "$PARSCTL" --rpc-socket "$T/k.sock" id show
stop k
start k
pass # the same key again is well
stop k
refused() { expect "$1" 2 "$2" "$PARSD" --datadir "$T/k" --rpc-socket "$T/k.sock"; }
printf '%064d\n' 8 > "$key"
refused "another key" 'has a node key already'
printf '%063d\n' 7 > "$key"
refused "no key" 'must be 64 hex digits'
chmod 604 "$key"
refused "a key for all to read" 'others may read or write'
unset CREDENTIALS_DIRECTORY
start k
pass # without it the kept one stays
stop k

# -- units --
for unit in parsd.service parsd.user.service parsd.socket; do
	sed "s|@BINDIR@|/usr/bin|" contrib/systemd/$unit > "$T/$unit"
done
if command -v systemd-analyze > /dev/null; then
	score=$(systemd-analyze security --offline=true "$T/parsd.service" 2> /dev/null | sed -n 's/.*Overall exposure level.*: \([0-9.]*\) .*/\1/p')
	if [ -z "$score" ]; then
		skip "exposure: this systemd-analyze cannot tell it offline"
	elif awk "BEGIN { exit !($score <= 1.5) }"; then
		pass
	else
		fail "the unit's exposure is $score, more than 1.5"
	fi
	for unit in parsd.service parsd.user.service parsd.socket; do
		# That nothing is installed here is no fault of the unit.
		out=$(systemd-analyze verify "$T/$unit" 2>&1 | grep "$unit" | grep -Ev "not executable|Command 'man")
		[ -z "$out" ] && pass || fail "$unit" "$out"
	done
else
	skip "exposure and syntax of the units: systemd-analyze is not installed"
fi

# -- make install --
if make -s PREFIX=/usr DESTDIR="$T/root" B="$B" install-files > "$T/install.log" 2>&1; then
	for f in bin/parsd bin/parsctl share/man/man1/parsctl.1 share/man/man5/parsd.conf.5 share/man/man7/parsd-rpc.7 \
		share/man/man8/parsd.8 share/bash-completion/completions/parsctl share/zsh/site-functions/_parsctl \
		share/fish/vendor_completions.d/parsctl.fish lib/systemd/system/parsd.service lib/systemd/system/parsd.socket \
		lib/systemd/user/parsd.service lib/sysusers.d/parsd.conf lib/tmpfiles.d/parsd.conf; do
		[ -s "$T/root/usr/$f" ] && pass || fail "make install leaves no /usr/$f"
	done
	grep -rl '@BINDIR@' "$T/root" > "$T/out" && fail "@BINDIR@ is left" "$(cat "$T/out")" || pass
	make -s PREFIX=/usr DESTDIR="$T/root" B="$B" uninstall
	left=$(find "$T/root/usr" -type f)
	[ -z "$left" ] && pass || fail "make uninstall leaves" "$left"
else
	fail "make install" "$(cat "$T/install.log")"
fi
finish
