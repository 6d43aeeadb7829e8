# shellcheck shell=bash
# Lines of results, for scripts/bench, which sources this: NAME key=value ..., kept in $dir/results; medians of them, ratios
# of those of the same round, and what other programs had meanwhile.
: "${dir?}"

# value KEY LINE: what stands after KEY=, empty when it is not there.
value()
{
	local word

	for word in $2; do
		[ "${word%%=*}" != "$1" ] || printf '%s' "${word#*=}"
	done
}

# --- what others had ------------------------------------------------------------------------------

# What all processors did besides waiting.
machine_us()
{
	awk -v tick="$(getconf CLK_TCK)" '$1 == "cpu" { printf "%.0f", ($2 + $3 + $4 + $7 + $8 + $9) * 1e6 / tick }' /proc/stat
}

# What this script and all that it started had of it, those that have ended too: servers, loads, PostgreSQL.
own_us()
{
	{ cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v root="$$" -v tick="$(getconf CLK_TCK)" '{
			pid = $1
			sub(/^.*\) /, "") # a name may hold anything
			parent[pid] = $2
			ticks[pid] = $12 + $13 + $14 + $15
		}
		END {
			for (pid in ticks) {
				for (up = pid; up > 1 && up != root; up = parent[up])
					;
				if (up == root)
					sum += ticks[pid]
			}
			printf "%.0f", sum * 1e6 / tick
		}'
}

# watch: from here to the next line that is noted others are looked at.
watched=''
watch()
{
	watched="$(machine_us) $(own_us) ${EPOCHREALTIME//[.,]/}"
}

# In per cent of one processor, since watch.
foreign_percent()
{
	awk -v was="$watched" -v is="$(machine_us) $(own_us) ${EPOCHREALTIME//[.,]/}" 'BEGIN {
		split(was, a, " ")
		split(is, b, " ")
		others = (b[1] - a[1]) - (b[2] - a[2])
		printf "%.0f", (others > 0 && b[3] > a[3]) ? others / (b[3] - a[3]) * 100 : 0
	}'
}

# note NAME LINE: keep it, and show it, with what others had since watch; without one, with what the line itself says.
# Marked when that was over a tenth of a processor.
note()
{
	local line=$2 mark=''

	if [ -n "$watched" ]; then
		line="${line/ foreign_percent=$(value foreign_percent "$line")/} foreign_percent=$(foreign_percent)"
		watched=
	fi
	[ "$(value foreign_percent "$line")" -le 10 ] 2>/dev/null || [ -z "$(value foreign_percent "$line")" ] ||
		mark=' disturbed=yes'
	printf '%s %s%s\n' "$1" "$line" "$mark" | tee -a "$dir/results" >&2
}

# --- medians and ratios ---------------------------------------------------------------------------

median_of()
{
	sort -g | awk '{ v[NR] = $1 } END {
		m = int((NR + 1) / 2)
		if (NR)
			print NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2
	}'
}

# median NAME KEY: over all kept lines of that name; empty when there is none.
median()
{
	awk -v name="$1" -v key="$2=" '$1 == name {
		for (i = 2; i <= NF; i++)
			if (index($i, key) == 1)
				print substr($i, length(key) + 1)
	}' "$dir/results" | median_of
}

# ratio A B: A / B with two decimals, empty when one is missing or B is nothing.
ratio()
{
	[ -n "$1" ] && [ -n "$2" ] || return 0
	awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) printf "%.2f", a / b }'
}

# pairs NAME:KEY NAME:KEY: both of each round, and ! where one of them was disturbed.
pairs()
{
	awk -v a="${1%:*}" -v ak="${1##*:}=" -v b="${2%:*}" -v bk="${2##*:}=" '
		function of(key,  i) {
			for (i = 2; i <= NF; i++)
				if (index($i, key) == 1)
					return substr($i, length(key) + 1)
			return ""
		}
		$1 == a { x[++n] = of(ak); mark[n] = mark[n] ($0 ~ /disturbed=yes/ ? "!" : "") }
		$1 == b { y[++m] = of(bk); mark[m] = mark[m] ($0 ~ /disturbed=yes/ ? "!" : "") }
		END {
			for (i = 1; i <= n && i <= m; i++)
				if (x[i] != "" && y[i] != "")
					print x[i], y[i], substr(mark[i], 1, 1)
		}' "$dir/results"
}

# --- the table ------------------------------------------------------------------------------------

readonly missing='not measured yet'

# row TEXT REACHED BESIDE RATIO GOAL
row()
{
	printf '%-66s %16s %16s %14s  %s\n' "$1" "${2:-$missing}" "${3:--}" "${4:--}" "${5:-}"
}

# heads TITLE REACHED BESIDE: of ratios the first is the median of those of the rounds, which is steadier; the second that
# of the medians which stand beside it. They differ where rounds do.
heads()
{
	printf '\n%-66s %16s %16s %14s  %s\n' "$1" "$2" "$3" 'of rounds; med.' 'goal; floor'
}

# compare [-i] TEXT NAME:KEY NAME:KEY [GOAL]: a row, and all of its rounds under it. With -i what is less is better: the
# ratio is that of what stands beside to what was reached.
compare()
{
	local inverse=no a b of_medians each

	[ "$1" != -i ] || { inverse=yes && shift; }
	a=$(median "${2%:*}" "${2##*:}") b=$(median "${3%:*}" "${3##*:}")
	of_medians=$(if [ "$inverse" = yes ]; then ratio "$b" "$a"; else ratio "$a" "$b"; fi)
	each=$(pairs "$2" "$3" | awk -v inverse="$inverse" '{
		over = inverse == "yes" ? $2 : $1
		under = inverse == "yes" ? $1 : $2
		if (under > 0)
			printf "%.4f %s:%s=%.2f%s\n", over / under, $1, $2, over / under, $3
	}')
	if [ -z "$each" ]; then
		row "$1" "$a" "$b" '' "${4:-}"
		return
	fi
	row "$1" "$a" "$b" "$(awk '{ print $1 }' <<<"$each" | median_of | awk '{ printf "%.2f", $1 }'); $of_medians" "${4:-}"
	awk '{ printf "%s%s", (NR > 1 ? ", " : "      rounds: "), $2 } END { print "" }' <<<"$each"
}

# What the load itself took of the work that both did, in per cent.
load_share()
{
	awk -v c="$(median "$1" client_cpu_us)" -v s="$(median "$1" server_cpu_us)" \
		'BEGIN { if (c + s > 0) printf "%.0f", 100 * c / (c + s) }'
}

share_row() # NAME [NAME BESIDE]
{
	row "    the load's share of the CPU of both ends, per cent" "$(load_share "$1")" "$([ -z "${2:-}" ] || load_share "$2")"
}

# Foreign work makes times longer and ratios shakier; CPU per op suffers least.
weather()
{
	printf '\nother programs had, in per cent of one processor (%s here):' "$(nproc)"
	grep -oE 'foreign_percent=[0-9]+' "$dir/results" | sed 's/.*=//' | sort -n |
		awk '{ v[NR] = $1 } END { printf " %d to %d, median %d\n", v[1], v[NR], v[int((NR + 1) / 2)] }'
	printf 'measurements during which they had more than 10, marked ! above: %s of %s\n' \
		"$(grep -c 'disturbed=yes' "$dir/results" || true)" \
		"$(grep -c 'foreign_percent=' "$dir/results" || true)"
	printf 'every line: %s\n' "$dir/results"
}
