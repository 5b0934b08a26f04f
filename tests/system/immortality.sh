#!/bin/bash
# As long as one node survives with the state, the network lives: daemons with
# two sessions and history, all of them but one killed with -9 and erased; as
# many new ones, which know only an invitation, have everything again, equal by
# hash. Then the survivor goes, too. NODES=50 for the whole drill.
#
# Of the four attacks this is the first (the only bootstrap node is gone) and
# the fourth (99 % destroyed); all known addresses blocked is in discovery.sh,
# nothing but a local link in local_link.sh.
. "$(dirname "$0")/lib.sh"

NODES=${NODES:-12}
MESSAGES=4 # of each node in each session
nodes() { seq -f 'n%g' "$1" "$2"; }

# each COMMAND NODE...: a shell function for every node, some at a time.
each() {
	local run=$1 busy=() n
	shift
	for n in "$@"; do
		"$run" "$n" > "$T/each.$n" 2>&1 &
		busy+=($!)
		[ ${#busy[@]} -lt 8 ] || { wait "${busy[0]}"; busy=("${busy[@]:1}"); }
	done
	[ ${#busy[@]} -eq 0 ] || wait "${busy[@]}"
}
failed_in() { grep -l . $(printf "$T/each.%s " "$@") | head -1; }

start_all() {
	local n
	for n in "$@"; do
		launch $n "${options[@]}"
	done
	for n in "$@"; do
		until_true 60 grep -q 'ready: commands on' "$T/$n.log" || { fail "$n did not start" "$(cat "$T/$n.log")"; finish; }
	done
}
join_both() {
	ctl "$1" session join "$harbour" --nick "$1" --wait 60 > /dev/null && ctl "$1" session join "$crew" --nick "$1" --wait 60 > /dev/null
}
write() {
	for i in $(seq $MESSAGES); do
		ctl "$1" session send harbour "$1 says $i" > /dev/null && ctl "$1" session send crew "$1 tells the crew $i" > /dev/null
	done
}
fingerprint() { ctl "$1" session show "$2" --field fingerprint; }
same() { [ "$(fingerprint "$1" harbour)" = "$hash_harbour" ] && [ "$(fingerprint "$1" crew)" = "$hash_crew" ]; }
# all_equal WHAT SECONDS NODE...: all have what the first one has, which changes no more.
all_equal() {
	local what=$1 seconds=$2 first=$3 end=$((SECONDS + $2)) lag n
	shift 2
	while :; do
		hash_harbour=$(fingerprint $first harbour) hash_crew=$(fingerprint $first crew) lag=
		for n in "$@"; do
			same $n || { lag=$n; break; }
		done
		[ -n "$lag" ] || { pass; return; }
		[ $SECONDS -lt $end ] || { fail "$what: $lag is not equal after $seconds s" "$(ctl $lag status; ctl $lag sync status --wide | head -40)"; finish; }
		sleep 0.1
	done
}
vertices() { ctl "$1" status --field vertices; }

# -- a network with history; its only bootstrap node is n1 --
options=()
start_all n1
options=(--bootstrap "$(ctl n1 id show --field addresses.0)")
start_all $(nodes 2 $NODES)
harbour=$(ctl n1 session new harbour --nick n1 --field id)
ctl n1 session new crew --nick n1 --private > /dev/null
crew=$(ctl n1 session invite crew --field invitation)
each join_both $(nodes 2 $NODES)
each write $(nodes 1 $NODES)
all_equal "before" 120 $(nodes 1 $NODES)
expected=$((2 * NODES * (1 + MESSAGES)))
[ "$(vertices n2)" = $expected ] && pass || fail "vertices before" "$(vertices n2), not $expected"
before_harbour=$hash_harbour before_crew=$hash_crew

# -- all but one are destroyed --
survivor=n$((NODES / 2 + 1))
for n in $(nodes 1 $NODES); do
	[ $n = $survivor ] || stop $n KILL
done
for n in $(nodes 1 $NODES); do
	[ $n = $survivor ] || rm -rf "$T/$n" "$T/$n.sock"
done
alone() { [ "$(ctl $survivor status --field peers)" = 0 ]; }
until_true 30 alone && pass || fail "the survivor still sees somebody" "$(ctl $survivor peer ls)"
[ "$(fingerprint $survivor harbour)/$(fingerprint $survivor crew)" = "$before_harbour/$before_crew" ] &&
	pass || fail "the survivor lost something"
ctl $survivor session send harbour "is anybody there?" > /dev/null

# -- as many new ones, with nothing but invitations --
options=()
harbour=$(ctl $survivor session invite harbour --field invitation)
crew=$(ctl $survivor session invite crew --field invitation)
others=$(nodes 101 $((99 + NODES)))
start_all $others
each join_both $others
all_equal "regrown" 180 $survivor $others
verify() { ctl "$1" dag verify harbour --all > "$T/v.$1" && ctl "$1" dag verify crew --all >> "$T/v.$1" && touch "$T/good.$1"; }
each verify $others
[ "$(ls "$T" | grep -c '^good\.')" = $((NODES - 1)) ] && pass || fail "a regrown set is damaged"
text=$(ctl n101 session read harbour --all)
for n in 1 $((NODES / 2)) $NODES; do
	grep -q "n$n says $MESSAGES" <<< "$text" && pass || fail "what n$n said is lost"
done

# -- the survivor goes; the network goes on, and still takes people in --
stop $survivor KILL
rm -rf "$T/$survivor"
harbour=$(ctl n101 session invite harbour --field invitation)
crew=$(ctl n101 session invite crew --field invitation)
start_all n201
join_both n201 && pass || fail "n201 does not join" "$(ctl n201 status)"
ctl n201 session send harbour "life goes on" > /dev/null
all_equal "afterwards" 120 n201 $others
finish
