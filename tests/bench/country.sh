# shellcheck shell=bash
# The size of a country, for scripts/bench --country, which sources this: one province, six, all 34, and more years of
# one, made by make_country and taken in by the real program through its imports. Seconds are those of the processor
# (user and system), so that a neighbour does not change them much; the wall clock stands beside where the disk counts.
: "${bin:?}" "${dir:?}" "${ketnapd:?}" "${root:?}" "${country_sizes:?}" "${country_years?}" "${country_years_of?}" "${country_months:?}" "${server?}"

# timed COMMAND ...: $cpu and $wall of it, its stdout in $dir/said.
cpu='' wall=''
timed()
{
	local TIMEFORMAT='%R %U %S' times

	times=$({ time "$@" >"$dir/said" 2>"$dir/said.err"; } 2>&1) ||
		die "$1 $2: $(tail -n 1 "$dir/said.err")"
	read -r wall cpu <<<"$(awk '{ printf "%.2f %.2f", $1, $2 + $3 }' <<<"$times")"
}

# peak_of COMMAND ...: runs it; into $dir/peak the KiB of its own that it had in memory at the most.
peak_of()
{
	local pid key kib most=0

	"$@" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		while read -r key kib _; do
			[ "$key" != RssAnon: ] || [ "$kib" -le "$most" ] || most=$kib
		done <"/proc/$pid/status" || true
		sleep 0.2
	done 2>/dev/null
	printf '%s\n' "$most" >"$dir/peak"
	wait "$pid"
}

# resident WHAT: KiB of the server, as the kernel counts them.
resident()
{
	sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$server/status"
}

# A country's numbers, as published, and those of the first $1 of its provinces, as make_country shares them out.
readonly land_provinces=34 land_communes=3321 land_orgs=52000 land_committees=17500 land_members=5600000
land_share()
{
	communes=$((land_communes * $1 / land_provinces))
	orgs=$((land_orgs * communes / land_communes))
	# shellcheck disable=SC2017
	cells=$((land_committees * orgs / land_orgs * 16)) # 280,000, 16 of a committee
}

# must_be WHAT WANTED GOT
must_be()
{
	[ "$2" = "$3" ] || die "$1: $3, to be $2"
}

# The store itself is asked, after the last year, of which each but the first has put a commune of each province into
# another: $dir/said has its totals. Members are those of the file, which are drawn: of the whole country within a hundredth of
# what is published, of some of its provinces within an eighth.
counts_hold()
{
	local communes orgs cells members each apart

	land_share "$provinces"
	must_be units $((1 + provinces + communes + orgs + cells)) "$units"
	must_be provinces "$provinces" "$(jq .units.province "$dir/said")"
	must_be communes $((communes - provinces * (last - first))) "$(jq .units.commune "$dir/said")"
	must_be organisations "$orgs" "$(jq '.units.base_committee + .units.base_cell' "$dir/said")"
	must_be cells "$cells" "$(jq .units.sub_cell "$dir/said")"
	must_be sheets $((orgs * country_months * (last - first + 1))) "$sheets"
	must_be 'sheets of the last year' $((orgs * country_months)) "$(jq .sheets.signed "$dir/said")"
	members=$(awk -F, 'NR > 1 { sum += $3 } END { print sum }' "$csv/members.csv")
	each=$((members * 1000 * land_orgs / orgs / land_members)) apart=$((provinces == land_provinces ? 10 : 125))
	((each >= 1000 - apart && each <= 1000 + apart)) || die "$members members of $orgs organisations"
	line+=" communes=$communes organisations=$orgs cells=$cells members=$members"
}

# take_in REMOVE: the files in $csv, by the programs that people use, into $data, from $first to $last; counts in the
# caller's $units, $sheets, $load (CPU s) and $load_wall, the rest told in its $line. REMOVE: files of figures go when they are in.
take_in()
{
	local year month

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
		for month in $(seq -f %02.0f "$country_months"); do
			timed "$ketnapd" import figures "$csv/figures-$year-$month.csv" --data "$data" --chunked --json
			sheets=$((sheets + $(jq .entries "$dir/said")))
			load=$(awk "BEGIN { print $load + $cpu }") load_wall=$(awk "BEGIN { print $load_wall + $wall }")
			[ "$1" = no ] || rm "$csv/figures-$year-$month.csv"
		done
	done
}

# country PROVINCES YEARS
country()
{
	local provinces=$1 first=${2%-*} last=${2#*-} csv=$dir/country data=$dir/land line sheets=0
	local load=0 load_wall=0 units store_bytes begun

	rm -rf "$csv" "$data"
	watch
	say "$provinces provinces, $2: files"
	"$bin/make_country" "$csv" --provinces "$provinces" --years "$2"
	take_in yes
	store_bytes=$(($(du -sk "$data" | cut -f1) * 1024))
	line+=" sheets=$sheets load_cpu_s=$load load_s=$load_wall store_bytes=$store_bytes"
	timed "$ketnapd" totals VN --from "$last-01-01" --to "$last-12-31" --data "$data" --json
	line+=" cold_totals_cpu_s=$cpu cold_totals_s=$wall"
	counts_hold
	timed "$ketnapd" table VN --period "$last" --data "$data" --json
	line+=" cold_table_cpu_s=$cpu"
	timed peak_of "$ketnapd" verify --data "$data"
	line+=" verify_cpu_s=$cpu verify_s=$wall verify_peak_kib=$(cat "$dir/peak")"
	timed "$ketnapd" backup "$dir/land.backup" --data "$data"
	line+=" backup_cpu_s=$cpu backup_s=$wall"
	rm -f "$dir/land.backup"
	begun=$(date +%s%N)
	start "$ketnapd" serve --data "$data" --listen 127.0.0.1:0
	line+=" ready_s=$((($(date +%s%N) - begun) / 1000000))e-3 anonymous_kib=$(resident RssAnon) resident_kib=$(resident VmRSS)"
	timed "$ketnapd" table VN --period "$last" --data "$data" --json
	line+=" beside_table_s=$wall"
	stop_server
	note country "$line"
	rm -rf "$csv" "$data"
}

country_table()
{
	local act line size

	printf '| provinces | years | units | sheets | load: CPU s, sheets/s | store MB | bytes/sheet | verify: CPU s, MB | backup: CPU s | ready: s | memory MB | totals: CPU s | table: CPU s | act: CPU s |\n'
	printf '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n'
	grep '^country ' "$dir/results" | while read -r _ line; do
		act=$(tr ' ' '\n' <<<"$line" | sed -n 's/^act_.*_cpu_s=//p' | sort -n | tail -n 1)
		awk -v p="$(value provinces "$line")" -v y="$(value years "$line")" -v u="$(value units "$line")" \
			-v s="$(value sheets "$line")" -v l="$(value load_cpu_s "$line")" -v b="$(value store_bytes "$line")" \
			-v v="$(value verify_cpu_s "$line")" -v k="$(value backup_cpu_s "$line")" -v r="$(value ready_s "$line")" \
			-v m="$(value anonymous_kib "$line")" -v t="$(value cold_totals_cpu_s "$line")" \
			-v h="$(value verify_peak_kib "$line")" -v c="$(value cold_table_cpu_s "$line")" \
			-v a="$act" 'BEGIN {
			printf "| %d | %d | %d | %d | %.1f, %d | %d | %d | %.1f, %d | %.1f | %.2f | %d | %.2f | %.2f | %s |\n",
				p, y, u, s, l, s / l, b / 1e6, b / s, v, h / 1024, k, r, m / 1024, t, c, a }'
	done
	exponents provinces
	for size in $country_years_of; do
		exponents years "$size"
	done
}

# exponents provinces | years PROVINCES: of what the table has, slopes of least squares in a log-log plot: over units, among the rows
# of one year; over sheets, among those of so many provinces. A 1 is growth with what is in it. Nothing of a single row.
exponents()
{
	grep '^country ' "$dir/results" | awk -v by="$1" -v size="${2:-}" '
		function slope(key,  i, sx, sy, sxx, sxy, x, y) {
			for (i = 1; i <= n; i++) {
				if (v[i, key] <= 0)
					return ""
				x = log(v[i, over])
				y = log(v[i, key])
				sx += x
				sy += y
				sxx += x * x
				sxy += x * y
			}
			return sprintf("%.2f", (n * sxy - sx * sy) / (n * sxx - sx * sx))
		}
		{
			split("", has)
			for (i = 2; i <= NF; i++)
				if (split($i, p, "=") == 2)
					has[p[1]] = p[2] + 0
			if (by == "provinces" ? has["years"] != 1 : has["provinces"] != size)
				next
			n++
			for (k in has)
				v[n, k] = has[k]
			at = has[by]
			low = n == 1 || at < low ? at : low
			high = n == 1 || at > high ? at : high
		}
		END {
			over = by == "provinces" ? "units" : "sheets"
			if (n < 2 || low == high)
				exit
			printf "| exponent, %d to %d %s%s | | %s | %s | %s | %s | | %s; %s | %s | | %s | %s | %s | |\n", low, high, by,
				by == "years" ? " of " size : "", by == "provinces" ? 1 : "", slope("sheets"), slope("load_cpu_s"),
				slope("store_bytes"), slope("verify_cpu_s"), slope("verify_peak_kib"), slope("backup_cpu_s"),
				slope("anonymous_kib"), slope("cold_totals_cpu_s"), slope("cold_table_cpu_s")
		}'
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
	for size in $country_years_of; do
		[ -z "$country_years" ] || country "$size" "$country_years"
	done
	country_table
	weather
}
