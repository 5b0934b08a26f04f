#!/bin/bash
# kill -9 at many moments of writing and syncing: nothing that was acknowledged
# is lost, nothing is doubled, and the replicas end up equal. Who was killed
# answers again within RESTART_MS, in the middle of all restarts.
#   B=build/release ROUNDS=1000 RESTART_MS=50 tests/system/kill9.sh
. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-25}
RESTART_MS=${RESTART_MS:-1000} # of a daemon under sanitizers, beside other suites
RANDOM=${SEED:-1}
tool=$PWD/$B/tests/system/tool

start a --network dev
start b --network dev
session=$(ctl a session new s --nick a --field id)
ctl b session join "$session" "$(ctl a id show --field addresses.0)" --nick b --wait 20 > /dev/null ||
	fail "b cannot join"

# Writes until its daemon dies; keeps the ids of what was acknowledged.
writer() {
	local id i=0
	while id=$(ctl "$1" session send s "$1 $2 $i" --field id 2> /dev/null); do
		echo "$id" >> "$T/acknowledged"
		i=$((i + 1))
		[ -e "$T/stop" ] && return
	done
}

: > "$T/acknowledged"
: > "$T/restarts"
acknowledged() { wc -l < "$T/acknowledged"; }
reached() { [ "$(acknowledged)" -ge "$1" ]; }

for ((round = 0; round < ROUNDS; round++)); do
	victim=$([ $((RANDOM % 2)) -eq 0 ] && echo a || echo b)
	rm -f "$T/stop"
	writer a $round & writers=$!
	writer b $round & writers="$writers $!"
	# Die after a random number of acknowledged messages from here.
	target=$(($(acknowledged) + 1 + RANDOM % 12))
	until_true 20 reached $target || fail "nothing is acknowledged"
	sleep 0.0$((10 + RANDOM % 90))
	kill -9 "${pid[$victim]}"
	wait "${pid[$victim]}" 2> /dev/null
	touch "$T/stop"
	wait $writers
	since=${EPOCHREALTIME/./}
	launch "$victim" --network dev
	until=$("$tool" answered "$T/$victim.sock") || fail "$victim does not answer" "$(cat "$T/$victim.log")"
	echo $((until - since)) >> "$T/restarts"
done

for n in a b; do
	ctl $n sync now > /dev/null
done
same() { [ "$(ctl a session show s --field fingerprint)" = "$(ctl b session show s --field fingerprint)" ]; }
until_true 60 same && pass || fail "the replicas differ" "$(ctl a session show s; ctl b session show s; ctl a peer ls; ctl b peer ls)"
all_lost=0
for n in a b; do
	ctl $n session read s --all --json | grep -o '"id":"[a-z0-9]*"' | cut -d'"' -f4 > "$T/$n.ids"
	[ "$(sort "$T/$n.ids" | uniq -d | wc -l)" -eq 0 ] && pass || fail "$n shows a message twice"
	lost=$(sort "$T/acknowledged" | comm -23 - <(sort "$T/$n.ids") | wc -l)
	all_lost=$((all_lost + lost))
	[ "$lost" -eq 0 ] && pass || fail "$n lost $lost of $(acknowledged) acknowledged messages"
	expect "the DAG of $n verifies" 0 'checked' "$PARSCTL" --rpc-socket "$T/$n.sock" dag verify s
	expect "nobody of $n is forked" 0 '^0$' "$PARSCTL" --rpc-socket "$T/$n.sock" session show s --field forked
done
# nth PERCENT: of the restarts, in microseconds.
nth() { sort -n "$T/restarts" | sed -n "$((1 + (ROUNDS - 1) * $1 / 100))p"; }
[ "$(nth 50)" -le $((RESTART_MS * 1000)) ] && pass || fail "restarts take $(nth 50) us, more than $RESTART_MS ms"
echo "killed $ROUNDS times, $(acknowledged) messages acknowledged, $all_lost lost; answers again after $(nth 50) us in the middle," \
	"$(nth 99) us at 99 %, $(nth 100) us at most"
finish
