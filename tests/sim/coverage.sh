#!/bin/sh
# tests/sim/coverage.sh BUILD-FOLDER - lines of lib/ that ran, by folder: of all
# there are, and of the files that the simulator is linked with (a node without
# a chain has no use for the others).
find "$1/lib" -name '*.gcno' | while read -r notes; do
	linked=$([ -e "${notes%.gcno}.gcda" ] && echo 1 || echo 0)
	gcov -n "$notes" 2> /dev/null | awk -v folder="$(basename "$(dirname "$notes")")" -v linked="$linked" '
		/^File/ { wanted = $0 ~ "lib/" folder "/[^/]*\\.c'"'"'" }
		wanted && /^Lines executed/ { sub(/Lines executed:/, ""); split($0, a, "% of "); print folder, a[1] * a[2] / 100, a[2], linked; wanted = 0 }'
done | awk '
	function show(name, ran, all) { printf "%-10s %5.1f %% of %5d lines\n", name, all ? 100 * ran / all : 0, all }
	{ ran[$1] += $2; all[$1] += $3; r += $2; n += $3; used += $4 * $3 }
	END {
		for (f in all) printf "%-10s %5.1f %% of %5d lines\n", f, 100 * ran[f] / all[f], all[f] | "sort"
		close("sort")
		show("linked", r, used)
		show("lib", r, n)
	}'
