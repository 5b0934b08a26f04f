#!/bin/bash
# Three hosts in network namespaces of this test's own, on one bridge. The
# network splits, both sides write, it heals: equal, with no command given.
. "$(dirname "$0")/lib.sh"

make_hosts 192.0.2.%d/24 a b c
for n in a b c; do
	host $n
done
session=$(ctl a session new s --nick a --field id)
ctl b session join "$session" "$(ctl a id show --field addresses.0)" --nick b --wait 20 > /dev/null || fail "b cannot join"
ctl c session join "$session" "$(ctl b id show --field addresses.0)" --nick c --wait 20 > /dev/null || fail "c cannot join"
prints() { for n in a b c; do ctl $n session show s --field fingerprint; done | sort -u | wc -l; }
all_equal() { [ "$(prints)" -eq 1 ]; }
until_true 20 all_equal && pass || fail "not equal before the split"

# c is cut off: its packets go nowhere, no connection is told.
ip -n $ns-br link set veth-c down
for i in 1 2 3 4 5; do
	for n in a b c; do
		ctl $n session send s "$n $i" > /dev/null || fail "$n cannot write while split"
	done
done
alone() { [ "$(ctl c status --field peers)" -eq 0 ]; }
until_true 60 alone && pass || fail "c does not notice that nobody answers" "$(ctl c peer ls)"
[ "$(prints)" -gt 1 ] && pass || fail "equal across a split network"
expect "c knows what waits" 0 '^[5-9]$' "$PARSCTL" --rpc-socket "$T/c.sock" status --field queued

ip -n $ns-br link set veth-c up
until_true 90 all_equal && pass || fail "not equal after the network healed" "$(ctl c status; ctl c peer ls)"
expect "nothing waits any more" 0 '^0$' "$PARSCTL" --rpc-socket "$T/c.sock" status --field queued
for n in a b c; do
	expect "$n has all messages" 0 '^15$' "$PARSCTL" --rpc-socket "$T/$n.sock" session show s --field messages
done
finish
