#!/bin/bash
# First nodes by name: a zone signed and served here, by a real name server on
# loopback. What is forged or stripped of its signatures counts for nothing.
. "$(dirname "$0")/lib.sh"

for tool in nsd ldns-keygen ldns-signzone; do
	command -v $tool > /dev/null || { skip "needs $tool (Debian: nsd, ldnsutils)"; finish; }
done

zone=pars.example
port=$((20000 + $$ % 20000))
mkdir "$T/dns" "$T/xfr"
cd "$T/dns" || exit 1
key=$(ldns-keygen -a ED25519 -k $zone) || { skip "ldns-keygen cannot make keys here"; finish; }
cd - > /dev/null || exit 1
cp "$T/dns/$key.key" "$T/anchor"

start a
address=$(ctl a id show --field addresses.0)

# The signed zone; the same with one record forged; with its signatures cut out.
cat > "$T/dns/plain" <<- ZONE
	\$ORIGIN $zone.
	\$TTL 1
	@ SOA ns hostmaster 1 3600 900 86400 1
	@ NS ns
	ns A 127.0.0.1
	_dnsaddr.boot TXT "v=unrelated"
	_dnsaddr.boot TXT "dnsaddr=/dnsaddr/more.$zone"
	_dnsaddr.more TXT "dnsaddr=$address"
ZONE
(cd "$T/dns" && ldns-signzone -f signed plain "$key") || { fail "cannot sign the zone"; finish; }
sed '/TXT/s/v=unrelated/v=forged/' "$T/dns/signed" > "$T/dns/forged"
grep -v RRSIG "$T/dns/signed" > "$T/dns/stripped"
sed "s/$zone/plain.example/" "$T/dns/plain" > "$T/dns/unsigned"

# serve FILE [FILE of plain.example]
serve() {
	cat > "$T/nsd.conf" <<- CONF
		server:
			ip-address: 127.0.0.1@$port
			username: ""
			zonesdir: "$T/dns"
			database: ""
			pidfile: ""
			logfile: "$T/nsd.log"
			xfrdfile: ""
			zonelistfile: "$T/xfr/zone.list"
			xfrdir: "$T/xfr"
			server-count: 1
		remote-control:
			control-enable: no
		zone:
			name: $zone
			zonefile: $1
		zone:
			name: plain.example
			zonefile: unsigned
	CONF
	[ -z "${pid[nsd]}" ] || stop nsd
	: > "$T/nsd.log"
	nsd -d -c "$T/nsd.conf" > "$T/nsd.out" 2>&1 &
	pid[nsd]=$!
	until_true 20 grep -q 'nsd started' "$T/nsd.log" || { fail "nsd does not start" "$(cat "$T/nsd.out" "$T/nsd.log")"; finish; }
}
# asker NAME DNSADDR: a daemon that knows that name alone.
asker() {
	start "$1" --bootstrap "/dnsaddr/$2" --dns-server "127.0.0.1@$port" --dns-anchor "$T/anchor"
}
row() { ctl "$1" bootstrap ls --json | grep -o '"level":"dns"[^}]*'; }
says() { row "$1" | grep -q "$2"; }
meets() { [ "$(ctl "$1" status --field peers)" -ge 1 ]; }

serve signed
asker good boot.$zone
until_true 30 says good "proven by DNSSEC" && pass || fail "the signed name leads nowhere" "$(row good; cat "$T/good.log" "$T/nsd.log")"
until_true 30 meets good && pass || fail "the named node is not met" "$(ctl good peer ls)"
stop good

asker plain boot.plain.example
until_true 30 says plain "DNSSEC" && pass || fail "the unsigned name is not judged" "$(row plain)"
stop plain

serve forged
asker forged boot.$zone
until_true 30 says forged "DNSSEC refuses" && pass || fail "a forged record counts" "$(row forged)"
meets forged && fail "a forged name led to a node" || pass
# The zone is mended, and nothing need be done.
serve signed
until_true 60 says forged "proven by DNSSEC" && pass || fail "the mended name is not asked again" "$(row forged)"
stop forged

serve stripped
asker stripped boot.$zone
until_true 30 says stripped "DNSSEC refuses" && pass || fail "a record without its signature counts" "$(row stripped)"
meets stripped && fail "a name without signatures led to a node" || pass
expect "told again on demand" 0 'DNSSEC refuses' "$PARSCTL" --rpc-socket "$T/stripped.sock" bootstrap test
stop stripped

stop nsd
asker alone boot.$zone
until_true 60 says alone '"failures":[1-9]' && pass || fail "a dead name server is not told" "$(row alone)"
expect "the node works all the same" 0 'bafyrei' "$PARSCTL" --rpc-socket "$T/alone.sock" session new s
expect "no keys: no name is believed" 0 'trusted DNSSEC keys' sh -c "'$PARSD' --datadir '$T/nokeys' --rpc-socket '$T/nokeys.sock' \
	--bootstrap /dnsaddr/boot.$zone --dns-anchor /nonexistent > '$T/nokeys.log' 2>&1 & p=\$!
	for i in \$(seq 100); do
		'$PARSCTL' --rpc-socket '$T/nokeys.sock' bootstrap ls --json 2> /dev/null | grep 'trusted DNSSEC keys' && break
		sleep 0.05
	done; kill \$p; wait \$p"
finish
