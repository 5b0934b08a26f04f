#!/bin/sh
# tests/sim/coverage.sh BUILD-FOLDER - lines of lib/ that ran, by folder.
find "$1/lib" -name '*.gcda' | while read -r data; do
	gcov -n "$data" 2> /dev/null | awk -v folder="$(basename "$(dirname "$data")")" '
		/^File/ { wanted = $0 ~ "lib/" folder "/[^/]*\\.c'"'"'" }
		wanted && /^Lines executed/ { sub(/Lines executed:/, ""); split($0, a, "% of "); print folder, a[1] * a[2] / 100, a[2]; wanted = 0 }'
done | awk '
	{ ran[$1] += $2; all[$1] += $3; r += $2; n += $3 }
	END {
		for (f in all) printf "%-10s %5.1f %% of %5d lines\n", f, 100 * ran[f] / all[f], all[f] | "sort"
		close("sort")
		printf "%-10s %5.1f %% of %5d lines\n", "lib", 100 * r / n, n
	}'
