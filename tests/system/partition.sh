#!/bin/bash
# Three hosts in network namespaces of this test's own, on one bridge. The
# network splits, both sides write, it heals: equal, with no command given.
. "$(dirname "$0")/lib.sh"

ns=parsd-$$
if [ "$(id -u)" -ne 0 ] || ! ip netns add $ns-br 2> /dev/null; then
	skip "network namespaces need root"
	finish
fi
cleanup_ns() {
	cleanup
	for n in br a b c; do
		ip netns del $ns-$n 2> /dev/null
	done
}
trap cleanup_ns EXIT
# In a chroot or a container without rights the names are made, and useless.
if ! ip -n $ns-br link add br0 type bridge 2> /dev/null; then
	skip "network namespaces cannot be used here"
	finish
fi

ip -n $ns-br link set br0 up
number=1
for n in a b c; do
	ip netns add $ns-$n
	ip -n $ns-$n link set lo up
	ip -n $ns-$n link add eth0 type veth peer name veth-$n netns $ns-br
	ip -n $ns-$n addr add 192.0.2.$number/24 dev eth0
	ip -n $ns-$n link set eth0 up
	ip -n $ns-br link set veth-$n master br0 up
	number=$((number + 1))
done

# The daemon of a host lives in its namespace; its socket is a file, for all.
host() {
	local n=$1 number=$2
	nsenter --net=/run/netns/$ns-$n "$PARSD" --datadir "$T/$n" --rpc-socket "$T/$n.sock" --network dev \
		--listen /ip4/192.0.2.$number/tcp/7071 > "$T/$n.out" 2> "$T/$n.log" < /dev/null &
	pid[$n]=$!
	until_true 20 grep -q 'listening on' "$T/$n.log" || { fail "$n did not start" "$(cat "$T/$n.log")"; finish; }
}
host a 1
host b 2
host c 3
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
