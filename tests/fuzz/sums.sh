# shellcheck shell=bash disable=SC2154
# What fuzz.sh and afl.sh have in common: how much each target has run, in runs.csv, and the table of tests/RESULTS.md made
# of it. The caller has set root, work and commit.
readonly runs=$root/tests/fuzz/runs.csv

# children_ms FILE: what `times` printed, user and system of those who were waited for.
children_ms()
{
	tail -n 1 "$1" | tr 'ms' '  ' | awk '{ printf "%d", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }'
}

had_ms()
{
	[ ! -s "$runs" ] || awk -F, -v name="$1" '$1 == name { n = $2 * 1000 } END { printf "%d", n }' "$runs"
}

# add_up NAME MILLISECONDS EXECUTIONS FINDS INPUTS,BYTES,EDGES,OF
add_up()
{
	(
		flock 9
		[ -s "$runs" ] || printf 'target,cpu_seconds,executions,inputs,bytes,edges,of,finds,commits\n' >"$runs"
		awk -F, -v OFS=, -v name="$1" -v took="$2" -v count="$3" -v finds="$4" -v state="$5" -v commit="$commit" '
			$1 == name { seconds = $2; executions = $3; found = $8; commits = $9; old = $4 "," $5 "," $6 "," $7; next }
			{ print }
			END {
				split(state, part, ",")
				if (part[3] == 0 && old != "")
					state = old
				if (index(" " commits " ", " " commit " ") == 0)
					commits = commits (commits == "" ? "" : " ") commit
				print name, sprintf("%.1f", seconds + took / 1000), executions + count, state, found + finds, commits
			}' "$runs" >"$runs.new"
		{ head -n 1 "$runs.new"; tail -n +2 "$runs.new" | LC_ALL=C sort; } >"$runs"
		rm "$runs.new"
		write_table
	) 9>"$root/run/torture/fuzz.lock"
}

# Between its two marks in RESULTS.md.
write_table()
{
	local file=$root/tests/RESULTS.md

	awk -F, 'NR == FNR {
			if (FNR > 1)
				rows = rows sprintf("| `%s` | %.2f | %d | %d; %d | %d of %d | %d | %s |\n", \
					($1 == "afl" ? "afl_server" : "fuzz_" $1), $2 / 3600, $3, $4, $5, $6, $7, $8, $9)
			next
		}
		/^<!-- end of what fuzz.sh writes -->/ { left = 0; printf "%s\n", rows }
		left != 1 { print }
		left > 1 { left-- }
		/^<!-- what fuzz.sh writes -->/ { left = 4 }' "$runs" "$file" >"$work/results"
	cat "$work/results" >"$file"
}
