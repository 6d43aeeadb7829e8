# shellcheck shell=bash
# The size of a country, for scripts/bench --country, which sources this: one province, six, all 34, and more years of
# one, made by make_country and taken in by the real program through its imports. Seconds are those of the processor
# (user and system), so that a neighbour does not change them much; the wall clock stands beside where the disk counts.
: "${bin:?}" "${dir:?}" "${ketnapd:?}" "${root:?}" "${country_sizes:?}" "${country_years?}" "${server?}"

# timed COMMAND ...: $cpu and $wall of it, its stdout in $dir/said.
cpu='' wall=''
timed()
{
	local TIMEFORMAT='%R %U %S' times

	times=$({ time "$@" >"$dir/said" 2>"$dir/said.err"; } 2>&1) ||
		die "$1 $2: $(tail -n 1 "$dir/said.err")"
	read -r wall cpu <<<"$(awk '{ printf "%.2f %.2f", $1, $2 + $3 }' <<<"$times")"
}

# resident WHAT: KiB of the server, as the kernel counts them.
resident()
{
	sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$server/status"
}

# country PROVINCES YEARS
country()
{
	local provinces=$1 first=${2%-*} last=${2#*-} csv=$dir/country data=$dir/land line year month sheets=0
	local load=0 load_wall=0 units store_bytes begun

	rm -rf "$csv" "$data"
	say "$provinces provinces, $2: files"
	"$bin/make_country" "$csv" --provinces "$provinces" --years "$2"
	units=$(($(wc -l <"$csv/tree.csv") - 1))
	say "$units units"
	timed "$ketnapd" init --tree "$csv/tree.csv" --data "$data" --illustrative --chunked \
		--share "$root/common/domain"
	line="provinces=$provinces years=$((last - first + 1)) units=$units tree_cpu_s=$cpu tree_s=$wall"
	timed "$ketnapd" import members "$csv/members.csv" --data "$data" --chunked
	for ((year = first; year <= last; year++)); do
		timed "$ketnapd" import targets "$csv/targets-$year.csv" --data "$data" --chunked
		if [ -e "$csv/act-$year.csv" ]; then
			timed "$ketnapd" act "$csv/act-$year.csv" --no "$year-NQ" --signed "$year-06-01" --signer "Số liệu minh họa" \
				--effective "$year-07-01" --data "$data"
			line+=" act_${year}_cpu_s=$cpu"
		fi
		for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
			timed "$ketnapd" import figures "$csv/figures-$year-$month.csv" --data "$data" --chunked --json
			sheets=$((sheets + $(jq .entries "$dir/said")))
			load=$(awk "BEGIN { print $load + $cpu }") load_wall=$(awk "BEGIN { print $load_wall + $wall }")
			rm "$csv/figures-$year-$month.csv"
		done
	done
	store_bytes=$(($(du -sk "$data" | cut -f1) * 1024))
	line+=" sheets=$sheets load_cpu_s=$load load_s=$load_wall store_bytes=$store_bytes"
	timed "$ketnapd" totals VN --from "$last-01-01" --to "$last-12-31" --data "$data" --json
	line+=" cold_totals_cpu_s=$cpu cold_totals_s=$wall"
	timed "$ketnapd" verify --data "$data"
	line+=" verify_cpu_s=$cpu verify_s=$wall"
	timed "$ketnapd" backup "$dir/land.backup" --data "$data"
	line+=" backup_cpu_s=$cpu backup_s=$wall"
	rm -f "$dir/land.backup"
	begun=$(date +%s%N)
	start "$ketnapd" serve --data "$data" --listen 127.0.0.1:0
	line+=" ready_s=$((($(date +%s%N) - begun) / 1000000))e-3 anonymous_kib=$(resident RssAnon) resident_kib=$(resident VmRSS)"
	timed "$ketnapd" table VN --period "$last" --data "$data" --json
	line+=" served_table_s=$wall"
	stop_server
	note country "$line"
	rm -rf "$csv" "$data"
}

country_table()
{
	printf '| provinces | years | units | sheets | load: CPU s, sheets/s | store MB | bytes/sheet | verify: CPU s | backup: s | ready: s | memory MB | totals, cold: CPU s | table, served: s |\n'
	printf '|---|---|---|---|---|---|---|---|---|---|---|---|---|\n'
	grep '^country ' "$dir/results" | while read -r _ line; do
		awk -v p="$(value provinces "$line")" -v y="$(value years "$line")" -v u="$(value units "$line")" \
			-v s="$(value sheets "$line")" -v l="$(value load_cpu_s "$line")" -v b="$(value store_bytes "$line")" \
			-v v="$(value verify_cpu_s "$line")" -v k="$(value backup_s "$line")" -v r="$(value ready_s "$line")" \
			-v m="$(value anonymous_kib "$line")" -v t="$(value cold_totals_cpu_s "$line")" \
			-v w="$(value served_table_s "$line")" 'BEGIN {
			printf "| %d | %d | %d | %d | %.1f, %d | %d | %d | %.1f | %.1f | %.2f | %d | %.2f | %.2f |\n",
				p, y, u, s, l, s / l, b / 1e6, b / s, v, k, r, m / 1024, t, w }'
	done
}

countries()
{
	local size

	rm -rf "$dir"
	mkdir -p "$dir"
	: >"$dir/results"
	for size in $country_sizes; do
		country "$size" 2022
	done
	[ -z "$country_years" ] || country "${country_sizes%% *}" "$country_years"
	country_table
}
