#!/bin/bash
# Two daemons on loopback: join, chat both ways, cut, catch up, follow, verify,
# and a backup that works as a data folder of its own.
. "$(dirname "$0")/lib.sh"

# equal WHAT A B
equal() { [ "$2" = "$3" ] && pass || fail "$1" "$2
is not
$3"; }

start a
start b --listen none
session=$(ctl a session new harbour --nick ana --field id)
addr=$(ctl a id show --field addresses.0)
ctl b session join "$session" "$addr" --nick ben --wait 10 > "$T/out" && pass || fail "join" "$(cat "$T/out")"
expect "b is a member" 0 '^member$' "$PARSCTL" --rpc-socket "$T/b.sock" session show harbour --field state

ctl b session tail harbour > "$T/tail" 2>&1 &
pid[tail]=$!
ctl a session send harbour "from a" > /dev/null
ctl b session send harbour "from b" > /dev/null
expect "equal" 0 'waited' "$PARSCTL" --rpc-socket "$T/a.sock" sync wait harbour --timeout 10
until_true 10 grep -q 'from a' "$T/tail" && pass || fail "the follower saw nothing" "$(cat "$T/tail")"

# -- cut off, both write, back again --
ctl b pause > /dev/null
for i in 1 2 3 4 5; do
	ctl a session send harbour "a$i" > /dev/null
	ctl b session send harbour "b$i" > /dev/null
done
expect "b's messages wait" 0 'b5 +queued' "$PARSCTL" --rpc-socket "$T/b.sock" session read harbour
ctl b resume > /dev/null
ctl b sync wait harbour --timeout 20 > /dev/null && pass || fail "b does not catch up" "$(cat "$T/b.log")"
ctl a sync wait harbour --timeout 20 > /dev/null && pass || fail "a does not catch up" "$(cat "$T/a.log")"
equal "fingerprints" "$(ctl a session show harbour --field fingerprint)" "$(ctl b session show harbour --field fingerprint)"
texts() { ctl "$1" session read harbour --json --all | grep -o '"text":"[^"]*"'; }
equal "logs" "$(texts a)" "$(texts b)"
equal "12 messages" "$(texts a | wc -l)" 12
until_true 10 grep -q 'a5' "$T/tail" && pass || fail "the follower missed what came later" "$(cat "$T/tail")"
held() { ctl b session read harbour | grep -q 'b5 .*held'; }
until_true 10 held && pass || fail "b5 is not known to be held" "$(ctl b session read harbour)"
expect "verify" 0 '^bad +-' "$PARSCTL" --rpc-socket "$T/b.sock" dag verify harbour
expect "a graph" 0 '^digraph' "$PARSCTL" --rpc-socket "$T/b.sock" dag graph harbour
equal "pages" "$(ctl a dag ls harbour --limit 3 --all | grep -c ' message ')" 12

# -- backup --
(cd "$T" && ctl a storage backup copy.db) > "$T/out" 2>&1 && pass || fail "backup" "$(cat "$T/out")"
expect "never over another file" 1 'EXISTS, 203' "$PARSCTL" --rpc-socket "$T/a.sock" storage backup "$T/copy.db"
fingerprint=$(ctl a session show harbour --field fingerprint)
stop a
mkdir -m 700 "$T/c"
mv "$T/copy.db" "$T/c/parsd.db"
start c --listen none
equal "the backup is whole" "$(ctl c session show harbour --field fingerprint)" "$fingerprint"
stop c
stop b
wait "${pid[tail]}"
[ $? -eq 2 ] && pass || fail "the follower did not notice the end"
unset 'pid[tail]'
finish
