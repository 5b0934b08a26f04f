#!/bin/bash
# Starting, stopping, and every way in which starting can fail.
. "$(dirname "$0")/lib.sh"

run() { timeout 20 "$PARSD" --datadir "$T/x" --rpc-socket "$T/x.sock" "$@"; }

# -- command line and parsd.conf --
expect "an unknown option" 2 'did you mean --datadir\?' "$PARSD" --datdir x
expect "a bad level" 2 'log-level must be one of' "$PARSD" --log-level loud
expect "help" 0 '--bootstrap ADDR' "$PARSD" --help
expect "version" 0 '^parsd [0-9]' "$PARSD" --version
expect "a bad listen address" 2 '--listen: nonsense: ' "$PARSD" --datadir "$T/x" --rpc-socket "$T/x.sock" --listen nonsense
expect "a bad network" 2 'network must be dev, testnet, mainnet or a genesis file' \
	"$PARSD" --datadir "$T/x" --rpc-socket "$T/x.sock" --network moonnet
printf '[log]\nlevle = info\n' > "$T/bad.conf"
expect "an unknown setting" 2 "bad.conf:2: there is no setting levle in \[log\]; did you mean level" \
	"$PARSD" --config "$T/bad.conf"
expect "a missing configuration" 2 'cannot read /nowhere.conf' "$PARSD" --config /nowhere.conf
printf '[log]\nlevel = debug\n[net]\nlisten = /ip4/127.0.0.1/tcp/0\nlisten = /ip6/::1/tcp/0\n' > "$T/good.conf"

# -- ports, places, rights --
start a --config "$T/good.conf"
grep -Eq 'listening on /ip4/127.0.0.1/tcp/[1-9]' "$T/a.log" && pass || fail "no real port in the log" "$(cat "$T/a.log")"
port=$(ctl a status --field listen.0)
[[ $port =~ ^/ip[46]/.*/tcp/[1-9][0-9]*$ ]] && pass || fail "no real port in the status: $port"
expect "an origin" 0 "log.level +debug +.*good.conf:2" "$PARSCTL" --rpc-socket "$T/a.sock" config show
[ "$(stat -c %a "$T/a.sock")" = 600 ] && pass || fail "the socket's mode is $(stat -c %a "$T/a.sock")"
[ "$(stat -c %a "$T/a/parsd.db")" = 600 ] && pass || fail "the database's mode is $(stat -c %a "$T/a/parsd.db")"
[ "$(stat -c %a "$T/a")" = 700 ] && pass || fail "the data folder's mode is $(stat -c %a "$T/a")"

# -- second daemons --
expect "a second daemon on the same data" 1 "another parsd \(pid ${pid[a]}\) uses the data folder $T/a" \
	"$PARSD" --datadir "$T/a" --rpc-socket "$T/b.sock"
expect "a second daemon on the same socket" 1 "a running daemon answers on the socket $T/a.sock" \
	"$PARSD" --datadir "$T/b" --rpc-socket "$T/a.sock"
expect "the first one goes on" 0 '^state' "$PARSCTL" --rpc-socket "$T/a.sock" status

# -- ends --
started=$(date +%s%N)
stop a TERM
took=$((($(date +%s%N) - started) / 1000000))
[ $status -eq 0 ] && [ $took -lt 2000 ] && pass || fail "SIGTERM: exit status $status after $took ms"
[ ! -e "$T/a.sock" ] && pass || fail "the socket is left behind"
start a
stop a INT
[ $status -eq 0 ] && pass || fail "SIGINT: exit status $status"
start a
ctl a session new s > "$T/out"
kill -9 "${pid[a]}"
wait "${pid[a]}" 2> /dev/null
[ -S "$T/a.sock" ] && pass || fail "no stale socket to test with"
start a # replaces the stale socket
expect "what was said is there after kill -9" 0 '^s$' "$PARSCTL" --rpc-socket "$T/a.sock" session ls --field sessions.0.name
# A client that never reads, and one that waits, hold up no end.
ctl a session tail s > /dev/null 2>&1 &
tail_pid=$!
until_true 5 ctl a status
stop a TERM
[ $status -eq 0 ] && pass || fail "SIGTERM with a follower: exit status $status"
wait $tail_pid
[ $? -eq 2 ] && pass || fail "the follower did not notice the end"

# -- out of descriptors: it rests instead of turning in circles, and goes on --
: > "$T/a.log"
(ulimit -n 24; exec "$PARSD" --datadir "$T/a" --rpc-socket "$T/a.sock" 2> "$T/a.log" < /dev/null) &
pid[a]=$!
until_true 20 grep -q 'ready: commands on' "$T/a.log"
port=$(ctl a status --field listen.0)
fds=()
for _ in {1..30}; do
	exec {fd}<> "/dev/tcp/127.0.0.1/${port##*/}" && fds+=("$fd")
done
until_true 5 grep -q 'cannot accept connections' "$T/a.log" && pass || fail "it has descriptors for all" "$(cat "$T/a.log")"
ticks() { awk '{ print $14 + $15 }' "/proc/${pid[a]}/stat"; }
before=$(ticks)
sleep 1
spent=$(($(ticks) - before))
[ $spent -lt 20 ] && pass || fail "it spends $spent ticks of a second without descriptors"
for fd in "${fds[@]}"; do
	exec {fd}>&-
done
expect "it goes on" 0 '^state' "$PARSCTL" --rpc-socket "$T/a.sock" status
stop a
[ $status -eq 0 ] && pass || fail "exit status $status after it was out of descriptors"

# -- sockets in the way --
: > "$T/file"
expect "a file in the socket's place" 1 'is in the way: it is not a socket' "$PARSD" --datadir "$T/x" --rpc-socket "$T/file"
long=$T/$(printf 'x%.0s' {1..100})
expect "a long socket path" 1 'may have at most 107' "$PARSD" --datadir "$T/x" --rpc-socket "$long"

# -- data folders in trouble --
expect "a file in the folder's place" 1 "$T/file is in the way: it is not a folder" "$PARSD" --datadir "$T/file" --rpc-socket "$T/x.sock"
expect "another network's data" 1 'network' "$PARSD" --datadir "$T/a" --rpc-socket "$T/x.sock" --network testnet --listen none
cp -r "$T/a" "$T/newer"
printf '\377' | dd of="$T/newer/parsd.db" bs=1 seek=62 conv=notrunc 2> /dev/null # PRAGMA user_version
expect "a newer schema" 1 'newer parsd' "$PARSD" --datadir "$T/newer" --rpc-socket "$T/x.sock"
cp -r "$T/a" "$T/foreign"
printf '\1\2\3\4' | dd of="$T/foreign/parsd.db" bs=1 seek=68 conv=notrunc 2> /dev/null # application_id
expect "another program's database" 1 "another program's database|not a parsd database" "$PARSD" --datadir "$T/foreign" --rpc-socket "$T/x.sock"
cp -r "$T/a" "$T/garbage"
head -c 100000 /dev/urandom > "$T/garbage/parsd.db"
expect "garbage" 1 'parsd.db.*(not a|damaged|another program)' "$PARSD" --datadir "$T/garbage" --rpc-socket "$T/x.sock"
cp -r "$T/a" "$T/corrupt"
dd if=/dev/zero of="$T/corrupt/parsd.db" bs=4096 seek=1 count=4 conv=notrunc 2> /dev/null
expect "zeroed pages" 1 'damaged|malformed' "$PARSD" --datadir "$T/corrupt" --rpc-socket "$T/x.sock"
start a
expect "the original is unharmed" 0 '^s$' "$PARSCTL" --rpc-socket "$T/a.sock" session ls --field sessions.0.name
stop a

# -- a database that breaks while it runs --
start e
ctl e session new s > /dev/null
text=$(head -c 20000 /dev/zero | tr '\0' x)
for i in {1..40}; do
	ctl e session send s "$text" > /dev/null
done
stop e
start e
dd if=/dev/urandom of="$T/e/parsd.db" bs=4096 seek=2 count=150 conv=notrunc 2> /dev/null
expect "what broke and what to do" 1 'is damaged.*put a backup in its place.*DB_CORRUPT, 404' \
	"$PARSCTL" --rpc-socket "$T/e.sock" session read s
expect "the same from then on" 1 'put a backup in its place' "$PARSCTL" --rpc-socket "$T/e.sock" status
expect "it is not healthy" 5 'the database cannot be used' "$PARSCTL" --rpc-socket "$T/e.sock" health
stop e
[ $status -eq 0 ] && pass || fail "exit status $status with a broken database"

# -- disks in trouble --
if [ "$(id -u)" -ne 0 ]; then
	mkdir "$T/ro"
	chmod 500 "$T/ro"
	expect "a read-only folder" 1 'cannot make the folder|Permission denied' "$PARSD" --datadir "$T/ro/d" --rpc-socket "$T/x.sock"
fi
mkdir "$T/disk"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=2m tmpfs "$T/disk" 2> /dev/null; then
	mounts+=("$T/disk")
	"$PARSD" --datadir "$T/disk/d" --rpc-socket "$T/d.sock" > /dev/null 2> "$T/d.log" &
	pid[d]=$!
	until_true 20 grep -q 'ready: commands on' "$T/d.log"
	ctl d session new s > /dev/null
	ctl d session send s kept > /dev/null && pass || fail "cannot send on a disk with room"
	head -c 10000000 /dev/zero > "$T/disk/fill" 2> /dev/null
	text=$(head -c 50000 /dev/zero | tr '\0' x)
	for ((said = 0; said < 120; said++)); do # the log has some room of its own
		out=$(ctl d session send s "$text" 2>&1) || break
	done
	grep -q 'DISK_FULL, 401' <<< "$out" && pass || fail "a full disk is not told" "$out"
	rm "$T/disk/fill"
	until_true 10 ctl d session send s "after" && pass || fail "it does not recover with room" "$(cat "$T/d.log")"
	expect "nothing was lost" 0 '^kept$' "$PARSCTL" --rpc-socket "$T/d.sock" session read s --field messages.0.text
	expect "nor what was taken while it filled, nor was more taken" 0 "^$((said + 3))\$" \
		"$PARSCTL" --rpc-socket "$T/d.sock" session show s --field vertices
	stop d
	[ $status -eq 0 ] && pass || fail "exit status $status after a full disk"
	mount -o remount,ro "$T/disk"
	expect "a read-only disk" 1 'read-only|Read-only' "$PARSD" --datadir "$T/disk/d" --rpc-socket "$T/d.sock"
	mount -o remount,rw,size=2m "$T/disk"
	head -c 10000000 /dev/zero > "$T/disk/fill" 2> /dev/null
	expect "a full disk at the start" 1 'full|No space' "$PARSD" --datadir "$T/disk/e" --rpc-socket "$T/d.sock"
else
	skip "full and read-only disks: mounting a tmpfs needs root"
fi
finish
