#!/bin/bash
# Six daemons in a line: topics of the user's own, and a session whose vertices
# reach everybody over many hops, each verified once a node.
. "$(dirname "$0")/lib.sh"

nodes="a b c d e f"
start a
session=$(ctl a session new harbour --nick a --field id)
before=a
for n in b c d e f; do
	start $n
	ctl $n session join "$session" "$(ctl $before id show --field addresses.0)" --nick $n --wait 10 > "$T/out" &&
		pass || fail "$n joins" "$(cat "$T/out")"
	before=$n
done

# -- topics --
ctl b gossip join news > "$T/out" && pass || fail "join" "$(cat "$T/out")"
ctl c gossip join news > /dev/null
expect "twice" 1 'joined already' "$PARSCTL" --rpc-socket "$T/b.sock" gossip join news
expect "a name of the node's own" 1 'belong to the node itself' "$PARSCTL" --rpc-socket "$T/b.sock" gossip join /pars/s/x
expect "not joined" 1 'not joined.*gossip join' "$PARSCTL" --rpc-socket "$T/a.sock" gossip tail news
expect "bad hex" 1 'even number of hex digits' "$PARSCTL" --rpc-socket "$T/b.sock" gossip publish news 0xabc
heard() { [ "$(ctl b gossip mesh news --json | grep -o '"mesh":true' | wc -l)" -ge 1 ]; }
until_true 20 heard && pass || fail "b and c do not meet" "$(ctl b gossip mesh)"
ctl c gossip tail news > "$T/tail" 2>&1 &
pid[tail]=$!
expect "published" 0 '^peers +[1-9]' "$PARSCTL" --rpc-socket "$T/b.sock" gossip publish news "the ferry runs"
until_true 10 grep -q 'the ferry runs' "$T/tail" && pass || fail "the reader saw nothing" "$(cat "$T/tail")"
expect "topics" 0 '^news +yes' "$PARSCTL" --rpc-socket "$T/c.sock" gossip topics
ctl c gossip leave news > /dev/null
expect "left" 1 'not joined' "$PARSCTL" --rpc-socket "$T/c.sock" gossip leave news

# -- a session --
for n in $nodes; do
	for i in 1 2 3 4 5; do
		ctl $n session send harbour "$n$i" > /dev/null
	done
done
count() { ctl "$1" session read harbour --all --json | grep -o '"text":"' | wc -l; }
for n in $nodes; do
	all() { [ "$(count $n)" = 30 ]; }
	until_true 20 all && pass || fail "$n has not all messages" "$(count $n)"
done
metric() { ctl "$1" metrics --json | grep -o "\"name\":\"$2\",[^}]*\"value\":[0-9]*" | grep -o '[0-9]*$'; }
for n in $nodes; do
	accepted=$(metric $n vertex_accepted) verified=$(metric $n vertex_verified)
	[ "$verified" -le $((accepted + accepted / 10)) ] && pass || fail "$n checks too much" "$verified of $accepted"
	ctl $n dag verify harbour > "$T/out" && pass || fail "$n: the set is damaged" "$(cat "$T/out")"
done
for n in $nodes; do
	stop $n
done
wait "${pid[tail]}"
unset 'pid[tail]'
finish
