#!/bin/bash
# parsctl says what is wrong, what was expected and how to mend it.
. "$(dirname "$0")/lib.sh"

expect "no command" 3 'a command is missing' "$PARSCTL"
expect "an unknown command" 3 'did you mean session\?' "$PARSCTL" sesion ls
expect "an unknown flag" 3 'did you mean --limit\?' "$PARSCTL" peer ls --limt 3
expect "a bad value" 3 'limit must be an integer from 1 to 1000' "$PARSCTL" peer ls --limit x
expect "a missing parameter" 3 'text is missing' "$PARSCTL" session send harbour
expect "help" 0 'Usage: parsctl NOUN' "$PARSCTL" --help
expect "help on a noun" 0 'session tail' "$PARSCTL" session --help
expect "help on a verb" 0 'JSON-RPC method: pars_sessionRead' "$PARSCTL" session read --help
expect "version" 0 '^parsctl [0-9]' "$PARSCTL" --version

expect "no daemon" 2 "no socket $HOME/.local/state/parsd/rpc.sock. Start one" "$PARSCTL" status
expect "no such socket" 2 'no socket /nowhere/s' "$PARSCTL" --rpc-socket /nowhere/s status
PARSD_RPC_SOCKET=/nowhere/env expect "the environment's socket" 2 '/nowhere/env' "$PARSCTL" status
: > "$T/file"
expect "no socket but a file" 2 'not running|cannot connect' "$PARSCTL" --rpc-socket "$T/file" status

start a
expect "a found session" 0 '^id +bafy' "$PARSCTL" --rpc-socket "$T/a.sock" session new harbour --nick ana
expect "an error of the daemon" 1 'NOT_FOUND, 202' "$PARSCTL" --rpc-socket "$T/a.sock" session show nowhere
expect "an error as JSON" 1 '"name": ?"NOT_FOUND"' "$PARSCTL" --rpc-socket "$T/a.sock" session show nowhere --json
expect "a wait that times out" 4 'TIMEOUT, 207' "$PARSCTL" --rpc-socket "$T/a.sock" sync wait --timeout 1
expect "a bad address" 1 'INVALID, 201' "$PARSCTL" --rpc-socket "$T/a.sock" peer add nonsense
expect "a missing field" 3 'no field colour' "$PARSCTL" --rpc-socket "$T/a.sock" status --field colour
expect "a field" 0 '^dev$' "$PARSCTL" --rpc-socket "$T/a.sock" status --field network
expect "a raw method" 0 'parsd/' "$PARSCTL" --rpc-socket "$T/a.sock" rpc web3_clientVersion
expect "a raw unknown method" 1 'METHOD_NOT_FOUND' "$PARSCTL" --rpc-socket "$T/a.sock" rpc eth_blockNumber
expect "stable JSON on pipes" 0 '^\{"version":' "$PARSCTL" --rpc-socket "$T/a.sock" version --json
expect "origins of settings" 0 'node.datadir .*command line' "$PARSCTL" --rpc-socket "$T/a.sock" config show

# A frozen daemon: connecting works, nothing is answered.
kill -STOP "${pid[a]}"
expect "no answer in time" 4 'did not answer in time' "$PARSCTL" --rpc-socket "$T/a.sock" --timeout 1 status
kill -CONT "${pid[a]}"

ctl a session send harbour "$(printf 'bell\a and \033[31mred')" > "$T/out"
expect "no control characters from messages" 0 'bell\\x07 and \\x1b\[31mred' \
	"$PARSCTL" --rpc-socket "$T/a.sock" session read harbour

if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	chmod 755 "$T"
	# The socket of a person is 0600: others are told what to do.
	expect "permission denied" 2 'usermod -aG parsd' setpriv --reuid 65534 --clear-groups \
		"$PARSCTL" --rpc-socket "$T/a.sock" status
	chmod 666 "$T/a.sock"
	expect "a stranger may read" 0 '^state' setpriv --reuid 65534 --clear-groups \
		"$PARSCTL" --rpc-socket "$T/a.sock" status
	expect "a stranger may not stop it" 1 'needs the right "admin"; this connection has "read"' \
		setpriv --reuid 65534 --clear-groups "$PARSCTL" --rpc-socket "$T/a.sock" stop
	expect "nor write" 1 'needs the right "wallet"' setpriv --reuid 65534 --clear-groups \
		"$PARSCTL" --rpc-socket "$T/a.sock" session send harbour hi
	# A service's socket is for its group, too.
	STATE_DIRECTORY=$T/s start s
	member=(setpriv --reuid 65534 --regid 65534 --groups "$(id -g)" "$PARSCTL" --rpc-socket "$T/s.sock")
	[ "$(stat -c %a "$T/s.sock")" = 660 ] && pass || fail "a service's socket has the mode $(stat -c %a "$T/s.sock")"
	expect "members of the group may write" 0 '^id' "${member[@]}" session new s
	expect "but not stop it" 1 'this connection has "wallet"' "${member[@]}" stop
	expect "others do not get in" 2 'permission denied' setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$PARSCTL" --rpc-socket "$T/s.sock" status
	stop s
else
	skip "rights of other users: needs root"
fi

expect "stop" 0 '' "$PARSCTL" --rpc-socket "$T/a.sock" stop
until_true 2 is_gone "${pid[a]}" && pass || fail "stop did not end the daemon in 2 s"
unset 'pid[a]'
expect "stopped" 2 'no socket' "$PARSCTL" --rpc-socket "$T/a.sock" status
finish
