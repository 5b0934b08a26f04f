#!/bin/sh
# tests/sim/seeds.sh PROGRAM FIRST COUNT - runs seeds on all processors and
# adds up what each part says. A failing seed ends its part and is printed.
program=$1 first=$2 count=$3
parts=$(nproc)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
each=$(((count + parts - 1) / parts)) part=0 pids= status=0
while [ $((part * each)) -lt "$count" ]; do
	n=$((count - part * each))
	[ $n -le $each ] || n=$each
	"$program" $((first + part * each)) $n > "$dir/$part" 2>&1 &
	pids="$pids $!"
	part=$((part + 1))
done
for pid in $pids; do
	wait "$pid" || status=1
done
cat "$dir"/* | grep -v ' passed, '
passed=$(cat "$dir"/* | awk '/ passed, / { n += $1 } END { print n + 0 }')
[ $status -eq 0 ] && echo "$passed passed, 0 failed" || echo "$passed passed, 1 failed"
exit $status
