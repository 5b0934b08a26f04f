#!/bin/bash
# parsd.conf and conf.d, checking them, and reloading by SIGHUP.
. "$(dirname "$0")/lib.sh"
export XDG_CONFIG_HOME=$T/config
mkdir -p "$T/config/parsd/conf.d"
conf=$T/config/parsd/parsd.conf more=$T/config/parsd/conf.d
logged() { until_true 5 grep -Eq "$1" "$T/a.log" && pass || fail "the log does not say: $1" "$(cat "$T/a.log")"; }

printf '[log]\nlevel = warn\n[net]\nbootstrap = /ip4/127.0.0.1/tcp/9\n' > "$conf"
printf '[log]\nlevel = error\n' > "$more/10-first.conf"
printf '[log]\nlevel = info\n' > "$more/20-second.conf"
printf 'nonsense\n' > "$more/ignored.txt"
expect "check" 0 'the settings are well' "$PARSD" --check-config
start a
expect "the last file wins" 0 'log.level +info +.*conf.d/20-second.conf:2' "$PARSCTL" --rpc-socket "$T/a.sock" config show
expect "nothing to do" 0 '^problems +-$' "$PARSCTL" --rpc-socket "$T/a.sock" config check

# -- wrong files --
printf '[log]\nlevle = info\n' > "$more/30-bad.conf"
expect "check" 2 '30-bad.conf:2: there is no setting levle in \[log\]; did you mean level' "$PARSD" --check-config
expect "check by the daemon" 5 '30-bad.conf:2' "$PARSCTL" --rpc-socket "$T/a.sock" config check
kill -HUP "${pid[a]}"
logged 'reload: .*30-bad.conf:2: .*nothing was changed'
printf '[net]\nlisten = /ip4/127.0.0.1/udp/1\n' > "$more/30-bad.conf"
expect "an address that cannot be listened on" 2 '30-bad.conf:2: --listen: ' "$PARSD" --check-config
printf '[net]\nbootstrap = /ip4/127.0.0.1\n' > "$more/30-bad.conf"
expect "an address that cannot be dialled" 2 '30-bad.conf:2: --bootstrap: ' "$PARSD" --check-config
printf '[node]\nnetwork = moonnet\n' > "$more/30-bad.conf"
expect "a network" 2 'network must be' "$PARSD" --check-config
rm "$more/30-bad.conf"

# -- changes --
printf '[log]\nlevel = debug\n[net]\nbootstrap = /ip4/127.0.0.1/tcp/9\nbootstrap = /ip4/127.0.0.1/tcp/10\n' \
	> "$more/20-second.conf"
printf '[log]\nformat = json\n' > "$more/30-third.conf"
expect "a change that a reload applies" 0 'log.level +info +debug +reload' "$PARSCTL" --rpc-socket "$T/a.sock" config check
expect "one that needs a restart" 0 'log.format +auto +json +restart' "$PARSCTL" --rpc-socket "$T/a.sock" config check
kill -HUP "${pid[a]}"
logged 'reload: log.format changed, which needs a restart'
logged 'reload: log.level is as configured now'
logged 'reload: net.bootstrap is as configured now'
expect "the level" 0 '^debug$' "$PARSCTL" --rpc-socket "$T/a.sock" log level --field level
expect "the new address" 0 '/ip4/127.0.0.1/tcp/10 .*bootstrap' "$PARSCTL" --rpc-socket "$T/a.sock" peer ls
expect "its origin" 0 'log.level +debug +.*20-second.conf' "$PARSCTL" --rpc-socket "$T/a.sock" config show
expect "the format stays" 0 'log.format +auto +default' "$PARSCTL" --rpc-socket "$T/a.sock" config show
kill -0 "${pid[a]}" && pass || fail "SIGHUP ended it"
stop a

# -- a terminal that goes away ends it; nohup's wish is kept --
if command -v script > /dev/null; then
	script -qec "exec $PARSD --datadir $T/t --rpc-socket $T/t.sock" /dev/null > "$T/t.log" 2>&1 < /dev/null &
	pid[t]=$!
	if until_true 20 ctl t status; then
		kill -9 "${pid[t]}"
		wait "${pid[t]}" 2> /dev/null
		gone() { ! ctl t status; }
		until_true 10 gone && pass || fail "it outlives its terminal"
	else
		fail "it does not start on a terminal" "$(cat "$T/t.log")"
	fi
	unset 'pid[t]'
else
	skip "a terminal that goes away: script(1) is not installed"
fi
finish
