# shellcheck shell=bash
# A province's register at one device, for scripts/bench --register, which sources this: members brought in from CSV,
# delivered to the server, one name searched; beside it PostgreSQL's COPY of the same file into an indexed table on the
# same disk, where it is installed. Names are invented.
: "${root:?}" "${bin:?}" "${dir:?}" "${ketnapd:?}" "${ketnap:?}" "${rounds:?}" "${members:?}"
reg_address='' reg_sought=''

# reg_csv FILE: so many members, each with a card of their own; a few share a name.
reg_csv()
{
	awk -v count="$members" 'BEGIN {
		split("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý", family, " ")
		split("Văn Thị Đức Minh Ngọc Hữu Xuân Thanh Quang Hồng Kim Công Đình Bích Gia Thu", middle, " ")
		split("An Bình Châu Dũng Giang Hà Hải Hạnh Hòa Hùng Khánh Lan Linh Long Mai Nam Nga Phúc Quân " \
			"Sơn Tâm Thảo Trang Tuấn Uyên Vinh Yến Ước Đạt Điệp", given, " ")
		srand(7)
		print "card,name,birth,sex,ethnicity,religion,unit,admitted,recognised"
		for (i = 1; i <= count; i++) {
			year = 1950 + int(rand() * 50)
			printf "%09d,%s %s %s %s,%d-%02d-%02d,%s,%s,%s,P.A,%d-%02d-%02d,%d-%02d-%02d\n", i,
				family[1 + int(rand() * 16)], middle[1 + int(rand() * 16)],
				given[1 + int(rand() * 30)], given[1 + int(rand() * 30)],
				year, 1 + int(rand() * 12), 1 + int(rand() * 28), rand() < 0.4 ? "nữ" : "nam",
				rand() < 0.1 ? "Cơ Tu" : "Kinh", rand() < 0.05 ? "Phật giáo" : "Không",
				year + 20, 1 + int(rand() * 12), 1 + int(rand() * 28),
				year + 21, 1 + int(rand() * 12), 1 + int(rand() * 28)
		}
	}' >"$1"
	# somebody in the middle, whose name nobody else has
	sed -i "$((members / 2))s/^\([^,]*\),[^,]*/\1,Trương Vô Song Ẩn/" "$1"
	reg_sought='truong vo song'
}

now_ms()
{
	local t=${EPOCHREALTIME/[.,]/}

	printf '%d' "$((t / 1000))"
}

reg_ketnap()
{
	"$ketnap" "$@" --data "$dir/device" >"$dir/out" 2>"$dir/err" || die "ketnap $*: $(head -n 1 "$dir/err")"
}

reg_begin()
{
	local code

	rm -rf "$dir/province" "$dir/device" "$dir/card"
	printf '%s\n' code,parent,kind,name,reports,opened,closed,act P,,province,P,no,2020-01-01,, \
		P.A,P,base_committee,A,yes,2020-01-01,, >"$dir/tree.csv"
	"$ketnapd" init --tree "$dir/tree.csv" --data "$dir/province" --share "$root/common/domain" --card "$dir/card" \
		>/dev/null
	start "$ketnapd" serve --data "$dir/province" --listen 127.0.0.1:0
	reg_address=${address:?} # start's
	code=$("$ketnapd" enroll P.A --role clerk --person Bench --data "$dir/province" --json | jq -r .code)
	reg_ketnap enroll "$reg_address" "$code"
	reg_ketnap sync
}

# Brought in, delivered with their keys, searched: ours.
reg_ours()
{
	local began took sent first i whole=()

	reg_begin
	watch
	began=$(now_ms)
	reg_ketnap members import "$dir/members.csv" alike=take
	took=$(($(now_ms) - began))
	began=$(now_ms)
	for ((i = 0; i < 50; i++)); do
		reg_ketnap sync --json
		[ "$("$ketnap" status --data "$dir/device" --json | jq .queued)" != 0 ] || break
	done
	sent=$(($(now_ms) - began))
	# its own entries back, and its keys
	for ((i = 0; i < 50; i++)); do
		reg_ketnap sync --json
		[ "$(jq '.pulled + .sent + .keys_sent' "$dir/out")" != 0 ] || break
	done
	note "register" "members=$members import_ms=$took import_rate=$((members * 1000 / took)) \
deliver_ms=$sent deliver_rate=$((members * 1000 / sent)) both_rate=$((members * 1000 / (took + sent)))"
	stop_server
	watch
	began=$(now_ms)
	reg_ketnap members search "$reg_sought"
	first=$(($(now_ms) - began))
	grep -q 'Trương Vô Song Ẩn' "$dir/out" || die 'the search does not find who was sought'
	for ((i = 0; i < 15; i++)); do
		began=${EPOCHREALTIME/[.,]/}
		reg_ketnap members search "$reg_sought"
		whole+=($((${EPOCHREALTIME/[.,]/} - began)))
	done
	note "search" "$("$bin/names_bench" "$dir/device" "$reg_sought") first_command_ms=$first command_ms=$(
		printf '%s\n' "${whole[@]}" | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", v[8] / 1000 }')"
}

reg_copy()
{
	local began took

	pg_sql postgres -c 'drop database if exists register' -c 'create database register'
	pg_sql register -c "create table member (card text primary key, name text, birth date, sex text, ethnicity text,
		religion text, unit text, admitted date, recognised date);
		create index on member (unit); create index on member (lower(name))"
	watch
	began=$(now_ms)
	pg_sql register -c "\\copy member from '$dir/members.csv' csv header"
	took=$(($(now_ms) - began))
	note "copy" "rows=$(pg_sql register -c 'select count(*) from member') ms=$took rate=$((members * 1000 / took))"
}

reg_table()
{
	heads "$members members, $rounds rounds, medians" reached beside
	compare 'imported from CSV at the client (beside: COPY), rows/s' register:import_rate copy:rate
	compare 'delivered to the server with their keys, rows/s' register:deliver_rate copy:rate
	compare 'both together, rows/s' register:both_rate copy:rate
	row 'one name searched, in process, ms' "$(median search search_ms)" '' '' 'under 5'
	row '  processor time of one, ms' "$(median search cpu_ms)"
	row '  p99 ms' "$(median search p99_ms)"
	row '  the whole command, ms' "$(median search command_ms)"
	row '  the first one, which makes the index, whole command, ms' "$(median search first_command_ms)"
}

register_bench()
{
	local i beside=no

	rm -rf "$dir"
	mkdir -p "$dir"
	: >"$dir/results"
	reg_csv "$dir/members.csv"
	if [ -x /usr/lib/postgresql/15/bin/initdb ]; then
		# shellcheck source=tests/bench/postgres.sh
		. "$root/tests/bench/postgres.sh"
		trap 'stop_server; pg_stop' EXIT
		pg_cluster
		beside=yes
	else
		say 'PostgreSQL 15 is not installed: nothing stands beside it'
	fi
	for ((i = 1; i <= rounds; i++)); do
		say "round $i of $rounds"
		reg_ours
		[ "$beside" = no ] || reg_copy
	done
	reg_table
	weather
}
