# tests/system/lib.sh - for tests that run real programs. Source it first and
# end with `finish`. Every wait is bounded and polls for what it waits for;
# daemons end by their process ids; the folder $T goes away.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
B=${B:-build/dev}
PARSD=$PWD/$B/parsd
PARSCTL=$PWD/$B/parsctl
T=$(mktemp -d /tmp/parsd-system.XXXXXX) || exit 1
declare -A pid
passed=0 failed=0 skipped=0
# Nothing of the person who runs the tests may leak in.
unset PARSD_RPC_SOCKET XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR STATE_DIRECTORY RUNTIME_DIRECTORY
unset JOURNAL_STREAM NOTIFY_SOCKET WATCHDOG_USEC
export HOME=$T/home
mkdir "$HOME"

cleanup() {
	local name
	for name in "${!pid[@]}"; do
		kill -9 "${pid[$name]}" 2> /dev/null
	done
	{ wait; } 2> /dev/null # and says nothing about how they ended
	for mount in "${mounts[@]}"; do
		umount "$mount"
	done
	for name in "${spaces[@]}"; do
		ip netns del "$name"
	done
	rm -rf "$T"
}
mounts=()
trap cleanup EXIT
trap 'exit 130' INT TERM

pass() { passed=$((passed + 1)); }
fail() {
	failed=$((failed + 1))
	echo "FAIL: $1"
	[ -z "$2" ] || printf '%s\n' "$2" | sed 's/^/    /'
}
skip() {
	skipped=$((skipped + 1))
	echo "skip: $1"
}

# until_true SECONDS COMMAND...: polls; false when the time is over.
until_true() {
	local end=$((SECONDS + $1 + 1))
	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}

# expect WHAT STATUS REGEX COMMAND...: exit status and a line of the output.
expect() {
	local what=$1 status=$2 regex=$3 out got
	shift 3
	out=$(timeout 30 "$@" 2>&1 < /dev/null)
	got=$?
	if [ $got -ne "$status" ]; then
		fail "$what: exit status $got, not $status" "$out"
	elif ! grep -Eq -- "$regex" <<< "$out"; then
		fail "$what: no line matches $regex" "$out"
	else
		pass
	fi
}

# launch NAME ARGS...: a daemon with data in $T/NAME and the socket $T/NAME.sock.
launch() {
	local name=$1
	shift
	: > "$T/$name.log" # now: what an earlier one wrote must not pass for this one's
	"$PARSD" --datadir "$T/$name" --rpc-socket "$T/$name.sock" "$@" > "$T/$name.out" 2> "$T/$name.log" < /dev/null &
	pid[$name]=$!
}
# start NAME ARGS...: the same, and waits until it is ready.
start() {
	launch "$@"
	until_true 20 grep -q 'ready: commands on' "$T/$1.log" || {
		fail "$1 did not start" "$(cat "$T/$1.log")"
		finish
	}
}
ctl() {
	local name=$1
	shift
	"$PARSCTL" --rpc-socket "$T/$name.sock" "$@"
}
is_gone() { ! kill -0 "$1" 2> /dev/null; }
# stop NAME [SIGNAL]: ends it and sets $status.
stop() {
	kill "-${2:-TERM}" "${pid[$1]}"
	wait "${pid[$1]}" 2> /dev/null
	status=$?
	unset "pid[$1]"
}

# -- hosts of their own --

# make_hosts NET NAME...: a network namespace each on one bridge, from which
# nothing leaves. The n-th has the n-th address of NET ("192.0.2.%d/24"), which
# ${addr[NAME]} says without its prefix. Skips the whole test where that cannot
# be done: in a chroot or a container names can be made, and are useless.
declare -A addr
spaces=()
make_hosts() {
	local net=$1 number=1 n
	shift
	ns=parsd-$$
	[ "$(id -u)" -eq 0 ] && ip netns add $ns-br 2> /dev/null || { skip "network namespaces need root"; finish; }
	spaces=($ns-br)
	ip -n $ns-br link add br0 type bridge 2> /dev/null || { skip "network namespaces cannot be used here"; finish; }
	ip -n $ns-br link set br0 up
	for n in "$@"; do
		ip netns add $ns-$n
		spaces+=($ns-$n)
		ip -n $ns-$n link set lo up
		ip -n $ns-$n link add eth0 type veth peer name veth-$n netns $ns-br
		printf -v "addr[$n]" "$net" $number
		ip -n $ns-$n addr add "${addr[$n]}" dev eth0
		ip -n $ns-$n link set eth0 up
		ip -n $ns-br link set veth-$n master br0 up
		addr[$n]=${addr[$n]%/*}
		number=$((number + 1))
	done
}
# host NAME [OPTION...]: its daemon, which lives in its namespace; its socket is
# a file, for all. Waits until it is ready.
network=dev
host() {
	local n=$1
	shift
	nsenter --net=/run/netns/$ns-$n "$PARSD" --datadir "$T/$n" --rpc-socket "$T/$n.sock" --network "$network" \
		--listen "/ip4/${addr[$n]}/tcp/7071" "$@" > "$T/$n.out" 2> "$T/$n.log" < /dev/null &
	pid[$n]=$!
	until_true 20 grep -q 'ready: commands on' "$T/$n.log" || { fail "$n did not start" "$(cat "$T/$n.log")"; finish; }
}

finish() {
	local more=
	[ $skipped -eq 0 ] || more=", $skipped skipped"
	echo "$passed passed, $failed failed$more"
	[ $failed -eq 0 ]
	exit
}
