#!/bin/bash
# Three daemons: ana asks port to carry a private session, writes and is killed;
# ben, who was away all the time, gets everything from port alone.
. "$(dirname "$0")/lib.sh"

start port
start ana
session=$(ctl ana session new harbour --nick ana --private --field id)
invitation=$(ctl ana session invite harbour --field invitation)
port=$(ctl port id show --field addresses.0)
for i in 1 2 3 4 5; do
	ctl ana session send harbour "before $i" > /dev/null
done
expect "a stranger is refused" 0 'friends only' "$PARSCTL" --rpc-socket "$T/ana.sock" mailbox add harbour "$port" --wait 5
ctl port peer verify "$(ctl ana id show --field peerId)" equal > /dev/null
yes() { ctl ana mailbox ls | grep -q 'yes.*it is carried'; }
until_true 60 yes && pass || fail "a friend is not served" "$(ctl ana mailbox ls)"
expect "asked twice" 1 'asked already' "$PARSCTL" --rpc-socket "$T/ana.sock" mailbox add harbour "$port"
for i in 1 2 3 4 5; do
	ctl ana session send harbour "after $i" > /dev/null
done
has() { [ "$(ctl port relay ls --field sessions.0.vertices)" = "$1" ]; }
until_true 20 has 11 && pass || fail "port does not have all" "$(ctl port relay ls)"
expect "port is in no session" 0 'no rows|none|^$' "$PARSCTL" --rpc-socket "$T/port.sock" session ls --field sessions
expect "counts" 0 '^sessions +1' "$PARSCTL" --rpc-socket "$T/port.sock" relay status
stop ana KILL

start ben
ctl ben session join "$invitation" "$port" --nick ben --wait 20 > "$T/out" && pass || fail "ben joins" "$(cat "$T/out")"
count() { ctl "$1" session read harbour --all --json | grep -o '"text":"' | wc -l; }
all() { [ "$(count ben)" = 10 ]; }
until_true 20 all && pass || fail "ben lacks messages" "$(count ben)"
expect "who wrote them" 0 '"nick":"ana"' "$PARSCTL" --rpc-socket "$T/ben.sock" session members harbour --json
ctl ben session send harbour "good to be here" > /dev/null
until_true 20 has 13 && pass || fail "port does not take what ben says" "$(ctl port relay ls)"

# -- port is killed, too, and comes back: it still carries, and ana gets ben's words --
stop port KILL
start port
expect "still carried" 0 '^sessions +1' "$PARSCTL" --rpc-socket "$T/port.sock" relay status
stop ben
start ana
ana_all() { [ "$(count ana)" = 11 ]; }
until_true 60 ana_all && pass || fail "ana does not hear from ben" "$(ctl ana session read harbour) $(ctl ana mailbox ls)"
ctl ana mailbox rm harbour "$(ctl port id show --field peerId)" > "$T/out" && pass || fail "rm" "$(cat "$T/out")"
gone() { [ "$(ctl port relay status --field sessions)" = 0 ]; }
until_true 20 gone && pass || fail "port still carries it" "$(ctl port relay ls)"
stop ana
stop port
finish
