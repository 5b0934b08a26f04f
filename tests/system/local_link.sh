#!/bin/bash
# Three hosts on one link: no router, no name server, no route to anywhere else.
# The nodes work, meet by an invitation given by hand, and everybody has all.
. "$(dirname "$0")/lib.sh"

make_hosts "169.254.7.%d/16" a b c
for n in a b c; do
	ip -n $ns-$n route show | grep -q default && fail "$n has a way out" || pass
done
host a --bootstrap /dnsaddr/boot.example.org
session=$(ctl a session new harbour --nick a --private --field id)
ctl a session send harbour "alone, and working" > /dev/null && pass || fail "nothing can be said alone"
expect "it says why nobody is there" 0 'no node answers yet|no peers known' "$PARSCTL" --rpc-socket "$T/a.sock" status
host b
ctl b session join "$(ctl a session invite harbour --field invitation)" --nick b --wait 20 > "$T/out" &&
	pass || fail "b joins" "$(cat "$T/out")"
host c
ctl c session join "$(ctl b session invite harbour --field invitation)" --nick c --wait 20 > "$T/out" &&
	pass || fail "c joins by b's invitation" "$(cat "$T/out")"
for n in a b c; do
	ctl $n session send harbour "here is $n" > /dev/null
done
fingerprint() { ctl "$1" session show harbour --field fingerprint; }
equal() { [ "$(fingerprint a)" = "$(fingerprint b)" ] && [ "$(fingerprint a)" = "$(fingerprint c)" ]; }
until_true 20 equal && pass || fail "they are not equal" "$(ctl c sync status)"
[ "$(ctl c session read harbour --all | grep -c 'here is\|alone, and')" = 4 ] && pass || fail "messages" "$(ctl c session read harbour)"
expect "online" 0 '^state +online' "$PARSCTL" --rpc-socket "$T/c.sock" status
for n in a b c; do
	stop $n
done
finish
