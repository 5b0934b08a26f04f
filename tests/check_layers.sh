#!/bin/sh
# Proves that contrib/check-layers finds what it is there to find.
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0

# A small tree that is in order.
fresh() {
	rm -rf "$tmp/t"
	mkdir -p "$tmp/t/lib/base" "$tmp/t/lib/dag" "$tmp/t/lib/sync" "$tmp/t/rpc"
	cat > "$tmp/t/lib/LAYERS" <<-'END'
		base:
		dag:  base | sqlite3
		sync: base
		rpc:  base
	END
	printf 'strlen\nsqlite3_*\n' > "$tmp/t/lib/SYMBOLS"
	printf '#include <string.h>\nsize_t base_f(const char *s);\nsize_t base_f(const char *s) { return strlen(s); }\n' \
		> "$tmp/t/lib/base/a.c"
	printf '#include "base/a.h"\n' > "$tmp/t/lib/dag/a.c"
}

build() {
	(cd "$tmp/t" && ${CC:-gcc} -O0 -c lib/base/a.c -o a.o && ar rcs a.a a.o) || exit 1
}

# expect WHAT good|bad ARGS...: runs check-layers on the tree.
expect() {
	what=$1 want=$2
	shift 2
	got=good
	contrib/check-layers "$tmp/t" "$@" > "$tmp/out" 2>&1 || got=bad
	if [ $got = "$want" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL: $what: expected $want"
		cat "$tmp/out"
	fi
}

fresh; expect "a tree in order" good
fresh; build; expect "an archive in order" good "$tmp/t/a.a"
fresh; echo '#include "sync/b.h"' >> "$tmp/t/lib/dag/a.c"; expect "a sideways include" bad
fresh; echo '#include "dag/b.h"' >> "$tmp/t/lib/base/a.c"; expect "an upward include" bad
fresh; echo '#include <sys/socket.h>' >> "$tmp/t/lib/dag/a.c"; expect "a system header" bad
fresh; echo '#include <sqlite3.h>' >> "$tmp/t/lib/base/a.c"; expect "a foreign library away from home" bad
fresh; echo '#include <sqlite3.h>' >> "$tmp/t/lib/dag/a.c"; expect "a foreign library at home" good
fresh; mkdir "$tmp/t/lib/new"; echo 'int x;' > "$tmp/t/lib/new/a.c"; expect "a folder without a line" bad
fresh; sed -i 's/^base:.*/base: dag/' "$tmp/t/lib/LAYERS"; expect "a circle of folders" bad
fresh; printf '#include <time.h>\n' > "$tmp/t/lib/base/b.c"; expect "a clock's header" bad
fresh; printf 'long time(long *);\nlong g(void);\nlong g(void) { return time(0); }\n' >> "$tmp/t/lib/base/a.c"
build; expect "a clock called without its header" bad "$tmp/t/a.a"

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
