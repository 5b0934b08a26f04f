#!/bin/bash
# kill -9 at many moments of writing and syncing: nothing that was acknowledged
# is lost, nothing is doubled, and the replicas end up equal.
. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-25}
RANDOM=${SEED:-1}

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
	kill -9 "${pid[$victim]}"
	wait "${pid[$victim]}" 2> /dev/null
	touch "$T/stop"
	wait $writers
	start "$victim" --network dev
done

for n in a b; do
	ctl $n sync now > /dev/null
done
same() { [ "$(ctl a session show s --field fingerprint)" = "$(ctl b session show s --field fingerprint)" ]; }
until_true 60 same && pass || fail "the replicas differ" "$(ctl a session show s; ctl b session show s; ctl a peer ls; ctl b peer ls)"
for n in a b; do
	ctl $n session read s --all --json | grep -o '"id":"[a-z0-9]*"' | cut -d'"' -f4 > "$T/$n.ids"
	[ "$(sort "$T/$n.ids" | uniq -d | wc -l)" -eq 0 ] && pass || fail "$n shows a message twice"
	lost=$(sort "$T/acknowledged" | comm -23 - <(sort "$T/$n.ids") | wc -l)
	[ "$lost" -eq 0 ] && pass || fail "$n lost $lost of $(acknowledged) acknowledged messages"
	expect "the DAG of $n verifies" 0 'checked' "$PARSCTL" --rpc-socket "$T/$n.sock" dag verify s
	expect "nobody of $n is forked" 0 '^0$' "$PARSCTL" --rpc-socket "$T/$n.sock" session show s --field forked
done
echo "killed $ROUNDS times, $(acknowledged) messages acknowledged, none lost"
finish
