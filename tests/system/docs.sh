#!/bin/bash
# What the tables hold is in the generated pages and completions: all of it.
. "$(dirname "$0")/lib.sh"

# holds WHAT FILE PATTERN: a line of the file
holds() { grep -Eq -- "$3" "$2" && pass || fail "$1 is missing in ${2##*/}"; }

rpc7=$B/man/parsd-rpc.7 conf5=$B/man/parsd.conf.5 parsd8=$B/man/parsd.8 ctl1=$B/man/parsctl.1
start a
ctl a rpc rpc_discover | grep -oE '"name":"(eth|net|pars|rpc|web3)_[A-Za-z0-9]*"' | cut -d'"' -f4 | sort -u > "$T/methods"
[ "$(wc -l < "$T/methods")" -gt 30 ] && pass || fail "too few methods found" "$(cat "$T/methods")"
while read -r m; do
	holds "$m" "$rpc7" "^\.Ss $m\$"
	holds "an example of $m" "$rpc7" "^--> .*\"$m\""
done < "$T/methods"
ctl a metrics --json | grep -o '"name":"[a-z0-9_]*"' | cut -d'"' -f4 | sed 's/_\(count\|p50\|p99\)$//' | sort -u > "$T/metrics"
sed -n 's/^PARS_METRIC(\([a-z0-9_]*\),.*/\1/p' lib/base/metric.def daemon/metric.def | sort -u > "$T/defined"
cmp -s "$T/metrics" "$T/defined" && pass || fail "pars_metrics does not tell all metrics" "$(diff "$T/metrics" "$T/defined")"
while read -r m; do
	holds "the metric $m" "$rpc7" "^\.It Va $m Pq "
done < "$T/defined"
for e in $(sed -n 's/^PARS_ERR(\([A-Z_]*\),.*/\1/p' lib/base/err.def); do
	holds "the error $e" "$rpc7" "^\.It [0-9]+ Dv $e\$"
done
for o in $("$PARSD" --help | sed -n 's/^  --\([a-z-]*\) .*/\1/p'); do
	holds "the option $o" "$parsd8" "^\.It Fl -$o( |\$)"
done
sed -n 's/^OPTION([A-Z_]*, *"\([a-z][a-z]*\)", *"\([a-z]*\)".*/\1 \2/p' daemon/options.def > "$T/settings"
[ "$(wc -l < "$T/settings")" -ge 9 ] && pass || fail "too few settings found"
while read -r section key; do
	holds "[$section]" "$conf5" "^\.Ss \[$section\]"
	holds "$key" "$conf5" "^\.It Cm $key "
	holds "$key" contrib/parsd.conf "^#$key = "
done < "$T/settings"
"$PARSCTL" --help | sed -n '/^Commands/,/^  completion/s/^  \([a-z]* *[a-z]*\)  .*/\1/p' > "$T/commands"
while read -r c; do
	holds "$c" "$ctl1" "^\.It Cm ${c% }( |\$)"
done < "$T/commands"

# Whatever formats pages here finds nothing wrong with them.
for page in "$rpc7" "$conf5" "$parsd8" "$ctl1"; do
	if command -v groff > /dev/null; then
		out=$(groff -K utf8 -mdoc -Tutf8 -wall -z "$page" 2>&1)
		[ -z "$out" ] && pass || fail "groff complains about $page" "$out"
	else
		skip "groff on ${page##*/}: not installed"
	fi
done

# -- the tour: all its stops, one after another, each at a place that is there --
make -s tour > "$T/tour"
grep -E '^[0-9]+\. ' "$T/tour" > "$T/stops"
[ "$(cut -d. -f1 "$T/stops" | xargs)" = "$(seq -s' ' "$(wc -l < "$T/stops")")" ] && [ "$(wc -l < "$T/stops")" -ge 5 ] && pass ||
	fail "the stops of the tour" "$(cat "$T/stops")"
while IFS=': ' read -r _ file line; do
	sed -n "${line}p" "$file" | grep -q '\*~ ' && pass || fail "no stop of the tour at $file:$line"
done < "$T/stops"

# -- completion --
# What bash offers for the last of some words.
cat > "$T/complete_bash" <<- EOF
	. "$T/bash"
	COMP_WORDS=(parsctl "\$@")
	COMP_CWORD=\$#
	_parsctl
	printf '%s\n' "\${COMPREPLY[@]}"
EOF
complete_bash=(bash "$T/complete_bash")
for s in bash zsh fish; do
	"$PARSCTL" completion $s > "$T/$s" && [ -s "$T/$s" ] && pass || fail "no completion for $s"
done
expect "an unknown shell" 3 'bash, zsh or fish' "$PARSCTL" completion tcsh
expect "bash: nouns" 0 '^session$' "${complete_bash[@]}" se
expect "bash: verbs" 0 '^tail$' "${complete_bash[@]}" session t
expect "bash: verbs behind options" 0 '^tail$' "${complete_bash[@]}" --rpc-socket /x session t
expect "bash: flags" 0 '^--order$' "${complete_bash[@]}" session read harbour --o
expect "bash: choices of a flag" 0 '^canonical$' "${complete_bash[@]}" session read harbour --order c
expect "bash: choices of a word" 0 '^debug$' "${complete_bash[@]}" log level d
expect "bash: methods" 0 '^pars_top$' "${complete_bash[@]}" rpc pars_top
while read -r noun verb; do
	"${complete_bash[@]}" "$noun" ${verb:+"$verb"} < /dev/null | grep -qx -- "${verb:-$noun}" && pass || fail "bash does not complete $noun $verb"
done < "$T/commands"
if command -v fish > /dev/null; then
	offers() { fish -c "source $T/fish; complete -C 'parsctl $1'" | grep -q -- "^$2" && pass || fail "fish: $1 does not offer $2"; }
	offers 'sess' session
	offers 'session t' tail
	offers '--rpc-socket /x session t' tail
	offers 'session read x --o' --order
	offers 'session read x --order c' canonical
	offers 'log level d' debug
	offers 'completion z' zsh
else
	skip "completion in fish: not installed"
fi
if command -v zsh > /dev/null; then
	offers() {
		zsh -fc 'compdef() { :; }; _describe() { print -l -- $list; }; compadd() { print -l -- $list; }
			. "$1"; PREFIX=$4; words=(parsctl ${=2} $4); CURRENT=$#words; _parsctl' x "$T/zsh" "$1" x "$3" |
			grep -q -- "^$2" && pass || fail "zsh: $1 $3 does not offer $2"
	}
	offers '' session s
	offers 'session' tail t
	offers '--rpc-socket /x session' tail t
	offers 'session read x' --order --o
	offers 'session read x --order' canonical c
	offers 'log level' debug d
else
	skip "completion in zsh: not installed"
fi
stop a
finish
