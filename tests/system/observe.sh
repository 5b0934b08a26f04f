#!/bin/bash
# Metrics, health, doctor, top, log level and log tail.
. "$(dirname "$0")/lib.sh"
tool=$PWD/$B/tests/system/tool
a=("$PARSCTL" --rpc-socket "$T/a.sock")
a() { "${a[@]}" "$@"; }
metrics() { "$tool" get "$T/m.sock"; }

start a --metrics-socket "$T/m.sock" --metrics-listen /ip4/127.0.0.1/tcp/0
[ "$(stat -c %a "$T/m.sock")" = 600 ] && pass || fail "the metrics socket's mode is $(stat -c %a "$T/m.sock")"
expect "an answer" 0 '^HTTP/1.1 200 OK' "$tool" get "$T/m.sock"
expect "a counter" 0 '^parsd_conn_opened_total 0$' "$tool" get "$T/m.sock"
expect "its type" 0 '^# TYPE parsd_conn_opened_total counter$' "$tool" get "$T/m.sock"
expect "a gauge" 0 '^parsd_memory_bytes [1-9][0-9]+$' "$tool" get "$T/m.sock"
expect "how long others wait for the loop" 0 '^parsd_loop_lag_us_count [1-9]' "$tool" get "$T/m.sock"
expect "a histogram" 0 '^parsd_step_us_bucket\{le="\+Inf"\} [1-9]' "$tool" get "$T/m.sock"
# Every line is a comment or NAME[{le="N"}] NUMBER.
bad=$(metrics | tr -d '\r' | sed '1,/^$/d' | grep -Ev '^(# (HELP|TYPE) parsd_[a-z0-9_]+ .*|parsd_[a-z0-9_]+(\{le="(\+Inf|[0-9]+)"\})? [0-9]+)$')
[ -z "$bad" ] && pass || fail "not Prometheus' format" "$bad"
expect "only GET" 0 '^HTTP/1.1 405' "$tool" get "$T/m.sock" $'POST / HTTP/1.1\r\n\r\n'
expect "a bounded request" 0 '^HTTP/1.1 431' "$tool" get "$T/m.sock" "$(head -c 9000 /dev/zero | tr '\0' x)"

# -- a node alone --
expect "healthy" 0 '^healthy +yes' "${a[@]}" health
expect "alone" 5 'no other node is known' "${a[@]}" doctor
expect "what to do" 5 'parsctl peer add ADDRESS' "${a[@]}" doctor
a peer add /ip4/127.0.0.1/tcp/9 > /dev/null
silent() { a doctor | grep -Eq '/ip4/127.0.0.1/tcp/9 does not answer: .*(refused|Refused)'; }
until_true 10 silent && pass || fail "doctor does not tell of a silent address" "$(a doctor)"
expect "no session" 1 'in no session' "${a[@]}" sync wait
a session join bafyreih2fyh75yriu6bgzgcl6qvgla6ifkapjzbxw3xs7nrfafve7jtvze > /dev/null
expect "joining" 5 'is still joining' "${a[@]}" doctor
a pause > /dev/null
expect "paused" 5 'paused by request' "${a[@]}" doctor
expect "how to end it" 5 'parsctl resume' "${a[@]}" doctor
expect "offline is no illness" 0 '^healthy +yes' "${a[@]}" health
a resume > /dev/null
a peer rm /ip4/127.0.0.1/tcp/9 > /dev/null

# -- two nodes --
start b --listen none
session=$(a session new harbour --nick ana --field id)
ctl b session join "$session" "$(a id show --field addresses.0)" --wait 10 > /dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	a session send harbour "secret text $i" > /dev/null
done
ctl b sync wait harbour --timeout 10 > /dev/null && pass || fail "b is not in sync"
expect "all is well" 0 'all is well' "$PARSCTL" --rpc-socket "$T/b.sock" doctor
expect "top" 0 '^harbour|  harbour ' "${a[@]}" top
expect "top as JSON" 0 '"receivedPerS":[0-9]+' "${a[@]}" top --json
expect "the last messages" 0 'secret text 12' "${a[@]}" session tail harbour --wait 0
[ "$(a session tail harbour --wait 0 | wc -l)" = 10 ] && pass || fail "tail begins with $(a session tail harbour --wait 0 | wc -l) messages"
[ "$(a session tail harbour --wait 0 --cursor last:3 | wc -l)" = 3 ] && pass || fail "last:3 is not three"
[ "$(a session tail harbour --wait 0 --cursor "" --limit 5 | wc -l)" = 12 ] && pass || fail "an empty cursor is not the beginning"
expect "a wrong cursor" 1 'last:0 to last:1000' "${a[@]}" session tail harbour --wait 0 --cursor last:x

# peer rm of a kept address disconnects who is behind it, named or not.
addr=$(a status --field listen.0)
ctl b peer rm "$(a id show --field peerId)" > /dev/null
alone() { [ "$(ctl b status --field peers)" = 0 ]; }
until_true 5 alone && pass || fail "peer rm ID does not disconnect"
ctl b peer add "$addr" > /dev/null
together() { [ "$(ctl b status --field peers)" = 1 ]; }
until_true 10 together && pass || fail "b does not connect again"
ctl b peer rm "$addr" > /dev/null
until_true 5 alone && pass || fail "peer rm ADDRESS does not disconnect" "$(ctl b peer ls)"

# -- the log --
expect "the level" 0 '^info$' "${a[@]}" log level --field level
expect "a line" 0 'info +daemon +ready: commands on' "${a[@]}" log tail --wait 0 --cursor ""
"${a[@]}" log tail > "$T/tail" 2>&1 &
pid[tail]=$!
until_true 5 grep -q 'ready: commands on' "$T/tail" && pass || fail "the follower does not begin with the last lines"
expect "another level" 0 '^debug$' "${a[@]}" log level debug --field level
until_true 5 grep -q 'the log level is debug from now on' "$T/tail" && pass || fail "the follower missed a line" "$(cat "$T/tail")"
expect "a wrong level" 3 'one of error, warn, info, debug' "${a[@]}" log level loud
a log level info > /dev/null
expect "the last lines only" 0 '^1$' bash -c "'$PARSCTL' --rpc-socket '$T/a.sock' log tail --wait 0 --cursor last:1 | wc -l"
# A step that takes long is told with what was in it.
text=$(head -c 60000 /dev/zero | tr '\0' x)
for i in {1..40}; do
	a session send harbour "$text" > /dev/null
done
a dag ls harbour --json > /dev/null # five megabytes
until_true 15 grep -Eq 'slow step: [0-9.]+ ms \(digesting [0-9.]+, commit [0-9.]+, effects [0-9.]+\): .*[a-z]' "$T/a.log" && pass ||
	fail "no slow step is told" "$(tail -n 5 "$T/a.log")"
slow=$("$tool" get "$T/m.sock" | sed -n 's/^parsd_slow_steps_total //p')
[ "${slow:-0}" -gt 0 ] && pass || fail "slow steps are not counted: $slow"
# Up to info neither what was said nor who connected.
port=${addr##*/}
cat "$T/a.log" "$T/b.log" | grep -Ev 'listening on|debug' > "$T/info"
grep -q 'secret text' "$T/info" && fail "a message is in the log" || pass
grep -Eq "127\.0\.0\.1|tcp/" "$T/info" && fail "an address is in the log at info" "$(grep -E '127\.0\.0\.1|tcp/' "$T/info")" || pass
if [ "$(id -u)" -eq 0 ] && command -v setpriv > /dev/null; then
	chmod 755 "$T"
	chmod 666 "$T/a.sock"
	stranger=(setpriv --reuid 65534 --clear-groups "$PARSCTL" --rpc-socket "$T/a.sock")
	expect "a stranger may see the level" 0 '^info$' "${stranger[@]}" log level --field level
	expect "but not set it" 1 'needs the right "admin"' "${stranger[@]}" log level debug
	expect "nor read the log" 1 'needs the right "wallet"' "${stranger[@]}" log tail --wait 0
else
	skip "rights of other users: needs root"
fi
stop b
stop a
wait "${pid[tail]}"
unset 'pid[tail]'
[ ! -e "$T/m.sock" ] && pass || fail "the metrics socket is left behind"

# -- forms of the log --
start j --log-format json --log-level debug
stop j
bad=$(grep -Ev '^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z","level":"(error|warn|info|debug)","folder":"[a-z]+","text":"([^"\\]|\\["\\]|\\u00[0-9a-f]{2})*"\}$' "$T/j.log")
[ -z "$bad" ] && grep -q '"level":"info","folder":"daemon","text":"ready: commands on' "$T/j.log" && pass || fail "not JSON, a line each" "$bad"
start j --log-format text
stop j
bad=$(grep -Ev '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z (error|warn |info |debug) [a-z]+ +[^ ]' "$T/j.log")
[ -z "$bad" ] && pass || fail "not text, a line each" "$bad"

# -- a disk that fails --
mkdir "$T/disk"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=2m tmpfs "$T/disk" 2> /dev/null; then
	mounts+=("$T/disk")
	"$PARSD" --datadir "$T/disk/d" --rpc-socket "$T/d.sock" --metrics-socket "$T/m.sock" > /dev/null 2> "$T/d.log" &
	pid[d]=$!
	until_true 20 grep -q 'ready: commands on' "$T/d.log"
	expect "little is left" 5 'only 1|only 0' "$PARSCTL" --rpc-socket "$T/d.sock" health
	ctl d session new s > /dev/null
	head -c 10000000 /dev/zero > "$T/disk/fill" 2> /dev/null
	text=$(head -c 50000 /dev/zero | tr '\0' x)
	for i in {1..120}; do # the log has some room of its own
		ctl d session send s "$text" > /dev/null 2>&1 || break
	done
	expect "unhealthy" 5 'the disk is full' "$PARSCTL" --rpc-socket "$T/d.sock" health
	expect "what to do" 5 'Free some space' "$PARSCTL" --rpc-socket "$T/d.sock" doctor
	stop d
else
	skip "a full disk: mounting a tmpfs needs root"
fi
finish
