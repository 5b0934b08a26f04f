#!/bin/bash
# Nodes on hosts of their own (network namespaces on one bridge, public
# addresses) find each other: five start from one address, a sixth knows only
# an invitation; the first one dies; every address that a node knows is blocked.
. "$(dirname "$0")/lib.sh"

# Each host in an IP group of its own: nobody looks like one who pretends to be
# many.
make_hosts 62.%d.0.1/8 a b c d e f g h
echo '{"pars":{"name":"find-net"}}' > "$T/genesis.json"
network=$T/genesis.json
mode() { ctl "$1" dht status --field mode; }
nodes() { ctl "$1" dht status --field nodes; }
all() { # all CHECK VALUE HOST...
	local check=$1 value=$2 n
	shift 2
	for n in "$@"; do
		[ "$($check $n)" = "$value" ] || return 1
	done
}
at_least() { # at_least COUNT HOST...
	local count=$1 n
	shift
	for n in "$@"; do
		[ "$(nodes $n)" -ge "$count" ] || return 1
	done
}

host a
[ "$(mode a)" = client ] && pass || fail "a serves before anybody dialled it"
boot=$(ctl a id show --field addresses.0)
for n in b c d e; do
	host $n --bootstrap "$boot"
done
until_true 90 all mode server a b c d e && pass || fail "not all serve the table" "$(for n in a b c d e; do ctl $n dht status; done)"
until_true 60 at_least 4 a b c d e && pass || fail "not all know all" "$(for n in a b c d e; do ctl $n dht ls; done)"

# -- the sixth --
session=$(ctl b session new harbour --nick b --private --field id)
ctl b session send harbour "is anybody there" > /dev/null
invitation=$(ctl b session invite harbour --field invitation)
host f
ctl f session join "$invitation" --nick f --wait 60 > "$T/out" 2>&1 && pass || fail "f cannot join" "$(cat "$T/out" "$T/f.log")"
expect "f reads" 0 'is anybody there' "$PARSCTL" --rpc-socket "$T/f.sock" session read harbour
until_true 60 at_least 4 f && pass || fail "f does not know the others" "$(ctl f dht ls; ctl f bootstrap ls)"
expect "a stranger finds nobody by the id alone" 1 'NOT_FOUND' \
	"$PARSCTL" --rpc-socket "$T/c.sock" dht providers "$session"

# -- the one all started from is killed --
kill -9 "${pid[a]}"
wait "${pid[a]}" 2> /dev/null
unset 'pid[a]'
invitation=$(ctl f session invite harbour --field invitation)
host g
ctl g session join "$invitation" --nick g --wait 60 > "$T/out" 2>&1 && pass || fail "g cannot join without a" "$(cat "$T/out" "$T/g.log")"
ctl g session send harbour "a is gone" > /dev/null
reads() { ctl "$1" session read harbour | grep -q "$2"; }
until_true 60 reads b "a is gone" && pass || fail "b does not hear g" "$(ctl b peer ls)"

# -- every address that f knows is blocked, in both directions --
if command -v nft > /dev/null; then
	nsenter --net=/run/netns/$ns-f nft -f - <<- 'RULES'
		add table inet block
		add chain inet block both { type filter hook input priority 0; }
		add chain inet block out { type filter hook output priority 0; }
	RULES
fi
for n in a b c d e g; do
	if command -v nft > /dev/null; then
		nsenter --net=/run/netns/$ns-f nft add rule inet block both ip saddr "${addr[$n]}" drop
		nsenter --net=/run/netns/$ns-f nft add rule inet block out ip daddr "${addr[$n]}" drop
	else
		ip -n $ns-f route add blackhole "${addr[$n]}"
	fi
done
cut() { [ "$(ctl f status --field peers)" -eq 0 ]; }
until_true 60 cut && pass || fail "f does not notice that nobody answers" "$(ctl f peer ls)"
ctl g session send harbour "where is f" > /dev/null
ctl f session send harbour "cut off" > /dev/null
# One whom nobody has heard of comes; it finds f by the session's place.
invitation=$(ctl g session invite harbour --field invitation)
host h
ctl h session join "$invitation" --nick h --wait 60 > "$T/out" 2>&1 && pass || fail "h cannot join" "$(cat "$T/out" "$T/h.log")"
until_true 90 reads f "where is f" && pass || fail "f hears nothing through h" "$(ctl f peer ls; ctl h peer ls; ctl h dht ls)"
until_true 60 reads g "cut off" && pass || fail "g hears nothing of f" "$(ctl g peer ls)"
expect "the ladder is told" 0 'saved' "$PARSCTL" --rpc-socket "$T/f.sock" bootstrap ls
finish
