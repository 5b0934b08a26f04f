#!/bin/sh
# tests/demo/demo.sh - the network's promise in small, on real daemons.
#
#   demo.sh [PARSD PARSCTL]
#
# Three nodes on loopback hold one session. One is cut off, all three write,
# one is killed with -9 while it writes; all come back; the three logs are
# compared. Then two of them are destroyed with everything they had, and three
# new nodes that know only an invitation grow the session anew from the one that
# is left. Ends with status 0 only if all are equal and hold every message that
# was acknowledged. Leaves nothing running and nothing behind.
set -u

parsd=${1:-build/release/parsd}
parsctl=${2:-build/release/parsctl}
dir=$(mktemp -d "${TMPDIR:-/tmp}/parsd-demo-XXXXXX") || exit 1
everybody="ann bob eve dan fay gus"
bold= dim= off=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') dim=$(printf '\033[2m') off=$(printf '\033[0m')
fi

cleanup() {
	for node in $everybody; do
		[ -f "$dir/$node.pid" ] && kill -9 "$(cat "$dir/$node.pid")" 2>/dev/null
	done
	wait 2>/dev/null
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

say() { printf '%s\n' "$*"; }
step() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
note() { printf '%s  %s%s\n' "$dim" "$*" "$off"; }
fail() {
	printf '\nThe demo failed: %s\n' "$*" >&2
	for node in $everybody; do
		[ -s "$dir/$node.log" ] && { printf -- '-- log of %s\n' "$node"; tail -n 20 "$dir/$node.log"; } >&2
	done
	exit 1
}
now_ms() { date +%s%3N; }

# ctl NODE COMMAND...
ctl() {
	node=$1
	shift
	"$parsctl" --rpc-socket "$dir/$node/rpc.sock" "$@"
}

# start NODE: returns when it answers.
start() {
	mkdir -p "$dir/$1"
	"$parsd" --network dev --datadir "$dir/$1" --rpc-socket "$dir/$1/rpc.sock" \
		--listen /ip4/127.0.0.1/tcp/0 --log-level warn >>"$dir/$1.log" 2>&1 &
	echo $! >"$dir/$1.pid"
	tries=0
	until ctl "$1" status >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] && kill -0 "$(cat "$dir/$1.pid")" 2>/dev/null || fail "$1 does not start"
		sleep 0.05
	done
}

# send NODE TEXT: keeps the id of what was acknowledged.
send() {
	id=$(ctl "$1" session send tea "$2" --field id 2>/dev/null) && [ -n "$id" ] || return 1
	echo "$id" >>"$dir/acknowledged"
}

# wait_equal NODE...: until all have the same vertices.
wait_equal() {
	tries=0
	while [ "$(for node; do ctl "$node" session show tea --field fingerprint; done | sort -u | wc -l)" -ne 1 ]; do
		tries=$((tries + 1))
		[ $tries -lt 400 ] || fail "the replicas differ, 20 s after they could all talk"
		sleep 0.05
	done
}

# show_logs NODE...: one line each; leaves its messages in $dir/NODE.messages,
# without what only its own node knows (delivery).
show_logs() {
	for node; do
		ctl "$node" session read tea --all --json >"$dir/$node.json" || fail "$node cannot read"
		tr '{' '\n' <"$dir/$node.json" | sed -n 's/^"id":"\([^"]*\)".*"text":"\([^"]*\)".*/\1 \2/p' >"$dir/$node.messages"
		printf '  %-4s %4s messages  %4s vertices  %s head(s)  fingerprint %s  log %s\n' "$node" \
			"$(wc -l <"$dir/$node.messages")" "$(ctl "$node" session show tea --field vertices)" \
			"$(ctl "$node" session show tea --field heads)" "$(ctl "$node" session show tea --field fingerprint)" \
			"$(sha256sum "$dir/$node.messages" | cut -c1-16)"
	done
}

# check_logs NODE...: equal, whole, and with everything that was acknowledged.
check_logs() {
	first=$1
	for node; do
		cmp -s "$dir/$first.messages" "$dir/$node.messages" || fail "the logs of $first and $node differ"
		ctl "$node" dag verify tea >/dev/null || fail "$node: the DAG does not verify"
	done
	while read -r id; do
		grep -q "^$id " "$dir/$first.messages" || fail "the acknowledged message $id is missing"
	done <"$dir/acknowledged"
}

began=$(now_ms)
step "1. Three nodes start: ann, bob and eve. Nobody else is needed."
for node in ann bob eve; do
	start "$node"
	note "$node is $(ctl "$node" id show --field peerId)"
done

step "2. Ann opens the session 'tea'; bob joins through ann, eve through bob."
session=$(ctl ann session new tea --nick ann --field id) || fail "no session"
note "session $session"
for pair in "bob ann" "eve bob"; do
	set -- $pair
	address=$(ctl "$2" id show --field addresses.0) || fail "no address of $2"
	ctl "$1" session join "$session" "$address" --nick "$1" --wait 20 >/dev/null || fail "$1 cannot join"
done
send ann "hello, is anybody there?" || fail "ann cannot write"
ctl ann sync wait --session tea --timeout 20 >/dev/null || fail "ann is not in sync"
ctl eve sync wait --session tea --timeout 20 >/dev/null || fail "eve is not in sync"
send bob "I am" || fail "bob cannot write"
send eve "me too" || fail "eve cannot write"

step "3. Eve is cut off from the network. All three go on writing."
ctl eve pause >/dev/null || fail "eve cannot pause"
note "eve: $(ctl eve status --field state)"
for i in 1 2 3 4 5 6 7 8 9 10; do
	send ann "ann, message $i" || fail "ann cannot write"
	send eve "eve, alone, message $i" || fail "eve cannot write while cut off"
done
note "eve's messages wait: $(ctl eve status --field queued) queued, and safe on her disk"

step "4. Bob is killed with -9 in the middle of writing."
(
	i=1
	while [ $i -le 400 ] && send bob "bob, message $i"; do
		i=$((i + 1))
		echo $i >"$dir/bob.wrote.new" && mv "$dir/bob.wrote.new" "$dir/bob.wrote"
	done
) &
writer=$!
tries=0
until [ "$(cat "$dir/bob.wrote" 2>/dev/null || echo 0)" -ge 20 ]; do
	tries=$((tries + 1))
	[ $tries -lt 400 ] || fail "bob does not write"
	sleep 0.02
done
kill -9 "$(cat "$dir/bob.pid")"
wait $writer
note "bob had been told that $(($(cat "$dir/bob.wrote") - 1)) of these messages are saved"
send ann "where is bob?" || fail "ann cannot write"

step "5. Bob starts again, eve gets her network back. Nobody coordinates anything."
healed=$(now_ms)
start bob
note "bob: storage after the crash: $(ctl bob storage stats --field integrity)"
ctl eve resume >/dev/null || fail "eve cannot resume"
ctl ann sync now >/dev/null
ctl bob sync now >/dev/null
ctl eve sync now >/dev/null
wait_equal ann bob eve
took=$(($(now_ms) - healed))

step "6. The three logs:"
show_logs ann bob eve
note "frontier: $(ctl ann session heads tea --field heads.0)"
note "the last three messages, as every node shows them:"
tail -n 3 "$dir/ann.messages" | cut -d' ' -f2- | while read -r line; do note "  $line"; done
check_logs ann bob eve
say
say "${bold}All three logs are equal, and each holds all $(wc -l <"$dir/acknowledged") messages that somebody was told are saved.$off"
say "Equal ${took} ms after the network came back."

step "7. Ann and bob are destroyed: killed with -9, and all they had is erased. Eve is left."
for node in ann bob; do
	kill -9 "$(cat "$dir/$node.pid")"
	rm -rf "${dir:?}/$node" "$dir/$node.pid"
done
send eve "am I the last one?" || fail "eve cannot write"
invitation=$(ctl eve session invite tea --field invitation) || fail "eve cannot invite"
note "what eve gives away: $(printf '%.60s' "$invitation")..."

step "8. Three new nodes start: dan, fay and gus. They know this invitation and nothing else."
regrown=$(now_ms)
for node in dan fay gus; do
	start "$node"
	ctl "$node" session join "$invitation" --nick "$node" --wait 20 >/dev/null || fail "$node cannot join"
done
send dan "you are not" || fail "dan cannot write"
wait_equal eve dan fay gus
grown=$(($(now_ms) - regrown))

step "9. The four logs:"
show_logs eve dan fay gus
note "what ann, who is gone, said first: $(head -n 1 "$dir/gus.messages" | cut -d' ' -f2-)"
check_logs eve dan fay gus
for node in eve dan fay gus; do
	kill "$(cat "$dir/$node.pid")"
done
for node in eve dan fay gus; do
	tries=0
	while kill -0 "$(cat "$dir/$node.pid")" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "$node does not stop"
		sleep 0.02
	done
done
say
say "${bold}All four logs are equal, and each holds all $(wc -l <"$dir/acknowledged") messages, also those of nodes that exist no more.$off"
say "Regrown in ${grown} ms; the whole demo took $(($(now_ms) - began)) ms."
