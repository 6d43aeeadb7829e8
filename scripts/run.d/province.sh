# The province that reports: a server and its clients, for scripts/run. Sourced by story.sh, whose words and
# helpers it uses. What a stage finds out lies in files under run/, since each stage is a shell of its own.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
# shellcheck source=scripts/run.d/server.sh
. "$root/scripts/run.d/server.sh"

readonly own_clients=30 second_person=+2
readonly from=2022-01-01 flash=2022-09-22

# Every client in order: the committees directly below, then those at the grassroots that have one.
clients()
{
	cat "$run/clients.txt"
}

# each VERB FILE: clients beside each other, two at a time; the verbs are in client.sh
each()
{
	export ketnap ketnapd run
	address=$(address) xargs -P2 -n1 "$root/scripts/run.d/client.sh" "$1" <"$2"
}

# --- what the story does -------------------------------------------------------------------------

# Who has a client, and what each has to enter. The 30 are spread evenly over the list.
share_out()
{
	mkdir -p "$run/clients" "$run/entry" "$run/delivered"
	awk -F, '$3 == "direct" { print $1 }' "$run/csv/tree.csv" >"$run/direct.txt"
	awk -F, '$3 ~ /^base_/ { print $1 }' "$run/csv/tree.csv" |
		awk -v want=$own_clients '{ unit[NR] = $0 }
			END { for (i = 0; i < want; i++) print unit[1 + int(i * NR / want)] }' >"$run/own.txt"
	cat "$run/direct.txt" "$run/own.txt" >"$run/clients.txt"
	# Theirs, or that of the committee above: a unit's code begins with it. A sheet without events is one row
	# that says so, as a person would; a flash says its members too, which no month before it tells.
	awk -F, -v OFS=, -v dir="$run/entry" '
		function write_sheet(   i) {
			for (i = 1; i <= rows; i++)
				if (events || (form == "flash" && row[i] ~ /,members_end,/))
					print row[i] >out
			if (rows && !events)
				print sheet, "nil", "", "" >out
			rows = events = 0
		}
		FILENAME ~ /own\.txt$/ { own[$1]; next }
		FNR == 1 { write_sheet(); head = $0; next }
		sheet != $1 OFS $2 OFS $3 OFS $4 {
			write_sheet()
			sheet = $1 OFS $2 OFS $3 OFS $4
			form = $2
			name = $1
			if (!(name in own))
				sub(/\.[^.]*$/, "", name)
			out = dir "/" name ".csv"
			if (!(name in begun))
				print head >out
			begun[name]
		}
		{ row[++rows] = $0 }
		$5 !~ /^members_/ && $6 > 0 { events++ }
		END { write_sheet() }' "$run/own.txt" "$run"/csv/figures-*.csv
}

make_province()
{
	local data=$run/province what

	"$build/tests/make_province" "$run/csv"
	# The same units, there since two years before: `--ui` adds what they reported then.
	"$build/tests/make_province" "$run/years" --years 2020-2022 --to $flash
	cp -- "$run/years/tree.csv" "$run/csv/tree.csv"
	keep province-init init --illustrative --tree "$run/csv/tree.csv" --data "$data"
	keep province-clock clock 2022-09-22T08:00 --data "$data"
	for what in members targets; do
		keep "province-$what" import "$what" "$run/csv/$what.csv" --data "$data"
	done
	share_out
	start_server 127.0.0.1:0
}

enrol_clients()
{
	{
		clients
		printf '%s%s\n' "$(head -n 1 "$run/own.txt")" "$second_person"
	} >"$run/devices.txt"
	each enrol "$run/devices.txt"
}

# All have it when they have read the log as far as its entry.
ask_for_flash()
{
	keep request request flash --day $flash --due ${flash}T16:00 --scope QNA --data "$run/province"
	each deliver "$run/devices.txt"
	each status "$run/devices.txt"
	gather asked status devices.txt
}

# gather NAME KIND FILE: what the clients in FILE said, as one list
gather()
{
	while read -r name; do
		jq -c --arg name "$name" '. + {name: $name}' "$run/json/$name.$2.json"
	done <"$run/$3" | jq -s . >"$run/json/$1.json"
}

totals_now()
{
	keep "$1" totals QNA --from $from --to $flash --data "$run/province" "${@:2}"
}

# No line: nobody syncs, while the clock of the province goes on.
enter_offline()
{
	each enter "$run/clients.txt"
	gather entered enter clients.txt
	each status "$run/clients.txt"
	gather offline status clients.txt
	keep clock-afternoon clock ${flash}T14:30 --data "$run/province"
	keep devices-cut devices --data "$run/province"
	totals_now totals-cut
}

break_off()
{
	local real

	real=$(address)
	mkfifo "$run/line"
	exec 8<>"$run/line" # the line ends when this shell does, however it does
	"$build/tests/cut_line" "${real##*:}" <"$run/line" >"$run/line.port" 8>&- 9>&- &
	while [ ! -s "$run/line.port" ]; do
		sleep 0.02
	done
	export ketnap ketnapd run
	address=127.0.0.1:$(cat "$run/line.port") \
		xargs -P2 -n1 "$root/scripts/run.d/client.sh" cut <"$run/clients.txt" 8>&-
	exec 8>&-
	rm -f "$run/line" "$run/line.port"
	# The server does one thing after the other: when it has answered this one, it has done what the last line brought.
	person "$(tail -n 1 "$run/devices.txt")" sync >/dev/null
	keep devices-held devices --data "$run/province"
	totals_now totals-held
}

# In the middle of them stands "kill": there the server dies without warning and comes back, while another
# client is talking to it. No job in the background, which Ctrl-C would not reach.
deliver_and_kill()
{
	rm -f "$run"/delivered/* "$run"/json/*.tries
	clients | sed '8i kill' >"$run/delivering.txt"
	each deliver "$run/delivering.txt"
	each status "$run/clients.txt"
	gather delivered status clients.txt
	clients | while read -r name; do
		cat "$run/json/$name.tries"
	done | jq -s . >"$run/json/tries.json"
	keep log log --data "$run/province"
	totals_now totals-delivered
}

person()
{
	local name=$1 what=$2

	shift 2
	"$ketnap" "$what" "$@" --data "$run/clients/$name" --json
}

# Two people of one unit, neither of whom has seen the other's figure.
disagree()
{
	local a b name

	a=$(head -n 1 "$run/own.txt") b=$a$second_person
	person "$b" sync >/dev/null
	person "$a" enter monthly 2022-08 class_sent=4 >/dev/null
	person "$b" enter monthly 2022-08 class_sent=5 >/dev/null
	for name in "$a" "$b"; do
		person "$name" submit monthly 2022-08 --reason 'đếm lại' >/dev/null
	done
	for name in "$a" "$b" "$a"; do
		person "$name" sync >/dev/null
	done
	person "$a" conflicts >"$run/json/conflicts-a.json"
	person "$b" conflicts >"$run/json/conflicts-b.json"
	totals_now totals-contested
	settle "$a"
	person "$b" sync >/dev/null
	person "$b" conflicts >"$run/json/conflicts-after.json"
	totals_now totals-settled
}

settle()
{
	local version

	version=$(j conflicts-a '[.[].versions[] | select(.value == 5)][0].version')
	person "$1" resolve "$1" monthly 2022-08 "class_sent=keep:$version" \
		--reason 'hai người cùng đối chiếu danh sách lớp' >"$run/json/resolve.json"
	person "$1" sync >/dev/null
}

ask_province()
{
	keep table table QNA --period $from..$flash --data "$run/province"
	totals_now totals
	keep totals-march totals QNA --from 2022-03-01 --to 2022-03-31 --data "$run/province"
}

# figure UNIT MEASURE: as reported for August
figure()
{
	awk -F, -v unit="$1" -v measure="$2" '$1 == unit && $5 == measure { print $6 }' \
		"$run/csv/figures-2022-08.csv"
}

# Somebody admitted in August was forgotten; it comes out in October.
correct_in_october()
{
	local a admitted rural end

	a=$(sed -n 2p "$run/own.txt")
	keep clock-october clock 2022-10-05T09:00 --data "$run/province"
	person "$a" sync >/dev/null
	admitted=$(($(figure "$a" admitted) + 1))
	rural=$(($(figure "$a" src_rural) + 1))
	end=$(($(figure "$a" members_end) + 1))
	# one figure alone: what hangs on it contradicts, and the device says so before anything is signed
	person "$a" enter monthly 2022-08 "admitted=$admitted" >"$run/json/contradiction.json"
	person "$a" enter monthly 2022-08 "src_rural=$rural" "members_end=$end" >"$run/json/correction.json"
	person "$a" submit monthly 2022-08 --blanks-nil --reason 'sót một đảng viên kết nạp ngày 30/8' >/dev/null
	person "$a" sync >"$run/json/correction-sync.json"
	totals_now totals-now
	totals_now totals-then --known-at $flash
}

# The receipt is checked with what the device itself holds, when no server runs any more.
check_and_stop()
{
	local a

	a=$(head -n 1 "$run/own.txt")
	person "$a" receipt "$a" 2022-08 "$run/receipt.bin" >"$run/json/receipt-made.json"
	keep backup backup "$run/province.backup" --data "$run/province"
	end_server TERM
	person "$a" receipt --check "$run/receipt.bin" >"$run/json/receipt.json"
	keep province-verify verify --data "$run/province"
}

# --- the telling ---------------------------------------------------------------------------------

# 2022-09-22T08:00:00.000+07:00 -> 08:00
clock_of()
{
	printf '%s' "${1:11:5}"
}

held()
{
	j "$1" '[.[].held] | add'
}

# both_values NAME: "4, 5"
both_values()
{
	j "$1" '.[0].versions | sort_by(.value) | map("\(.value)") | join(", ")'
}

# shellcheck disable=SC2016
tell_set_up()
{
	j totals .illustrative
	tell 'Một tỉnh: %s đơn vị, %s chỉ tiêu; đồng hồ của tỉnh %s %s' \
		'A province: %s units, %s targets; its clock says %s %s' \
		"$(num "$(j province-init .rows)")" "$(num "$(j province-targets .rows)")" \
		"$(day "$(j province-clock .clock)")" "$(clock_of "$(j province-clock .clock)")"
	tell '  Máy chủ chạy; %s máy đã ghi danh: %s cấp trên trực tiếp, %s ở cơ sở (một nơi có hai người)' \
		'  The server runs; %s devices enrolled: %s of direct committees, %s at the grassroots (one place has two)' \
		"$(j asked length)" "$(j asked '[.[] | select(.unit | split(".") | length == 2)] | length')" \
		"$(j asked '[.[] | select(.unit | split(".") | length == 3)] | length')"
	tell '  Yêu cầu số liệu đến %s, hạn %s (mục %s): %s máy đã nhận' \
		'  Figures to %s asked for, due %s (entry %s): %s devices have it' \
		"$(day "$(j request .day)")" "$(clock_of "$(j request .due)")" "$(num "$(j request .lsn)")" \
		"$(j asked '[.[] | select(.read_to >= $lsn)] | length' --argjson lsn "$(j request .lsn)")"
}

tell_cut()
{
	tell '  Mất đường truyền: %s máy nhập và chốt %s biểu, %s ô số liệu, chờ gửi %s' \
		'  The line is cut: %s devices enter and sign %s sheets, %s figures; %s wait' \
		"$(j entered length)" "$(num "$(j entered '[.[].sheets] | add')")" \
		"$(num "$(j entered '[.[].figures] | add')")" "$(num "$(j offline '[.[].queued] | add')")"
	tell '    lúc %s tỉnh chỉ biết: %s máy liên lạc lần cuối %s; đã gửi %s/%s biểu' \
		'    at %s the province knows only: %s devices last heard of at %s; %s/%s sheets' \
		"$(clock_of "$(j clock-afternoon .clock)")" \
		"$(j devices-cut '[.[] | select(.last_seen)] | length')" \
		"$(clock_of "$(j devices-cut '[.[].last_seen] | max')")" \
		"$(num "$(j totals-cut .sheets.signed)")" "$(num "$(j totals-cut .sheets.expected)")"
	tell '  Có đường truyền lại, mọi lần gọi đầu đều đứt sau lời chào: tỉnh biết %s máy giữ %s biểu (%s biểu đã đến kịp cùng lời chào)' \
		'  The line is back, every first contact breaks off after Hello: %s devices hold %s sheets (%s came along with Hello)' \
		"$(j devices-held '[.[] | select(.held > 0)] | length')" "$(num "$(held devices-held)")" \
		"$(num "$(j totals-held .sheets.signed)")"
}

tell_delivery()
{
	tell '  Máy chủ bị kill -9 khi %s máy đã gửi xong, rồi chạy lại: %s lần gọi bị đứt, sau đó đủ' \
		'  The server is killed (-9) when %s devices are through, and comes back: %s contacts break, then all is there' \
		"$(cat "$run/delivered-at-kill")" "$(j tries '[.[] | select(. != 0)] | length')"
	tell '    %s biểu được xác nhận ở các máy, %s mục trong sổ, mỗi biểu một lần; còn chờ %s' \
		'    %s sheets confirmed at the devices, %s entries in the log, each sheet once; %s left waiting' \
		"$(num "$(j delivered '[.[].acked] | add')")" \
		"$(num "$(j log '[.[] | select(.kind == "sheet")] | length')")" \
		"$(num "$(j delivered '[.[].queued] | add')")"
}

tell_contest()
{
	tell '  Hai người ghi khác nhau một số (%s, %s): %s số chưa thống nhất; người này thấy %s, người kia thấy %s' \
		'  Two people wrote one figure apart (%s, %s): %s contested; one sees %s, the other sees %s' \
		"$(j conflicts-a '.[0].unit')" "$(j conflicts-a '.[0].measure')" \
		"$(j totals-contested .reporting.contested)" "$(both_values conflicts-a)" \
		"$(both_values conflicts-b)"
	tell '    đối chiếu bằng tay, giữ %s: còn %s số chưa thống nhất ở tỉnh, %s ở máy kia' \
		'    settled by hand, %s is kept: %s contested at the province, %s at the other device' \
		"$(j conflicts-a '[.[].versions[].value] | max')" "$(j totals-settled .reporting.contested)" \
		"$(j conflicts-after length)"
}

# jq lays the columns out, since it counts letters where printf would count bytes.
tell_table()
{
	local heads

	if [ "$lang" = en ]; then
		heads='["unit","admitted","set (1)","done (1)","set (2)","done (2)","members","reported"]'
	else
		heads='["đơn vị","kết nạp","giao (1)","đạt (1)","giao (2)","đạt (2)","đảng viên","đã gửi"]'
	fi
	# shellcheck disable=SC2016
	jq -r --arg lang "$lang" --argjson heads "$heads" '
		def mark: if $lang == "en" then "," else "." end;
		def num: if . == null then "" else tostring
			| [while(length > 0; .[:-3])] | map(.[-3:]) | reverse | join(mark) end;
		def pct: if . == null then "" elif $lang == "en" then . + "%"
			else sub("\\."; ",") + "%" end;
		def left(n): . + " " * ([n - length, 0] | max);
		def right(n): " " * ([n - length, 0] | max) + .;
		def line: "  \(.[0] | left(30)) \([.[1:][] | right(9)] | join(" "))";
		def row: [.name, (.value | num), (.targets[] | (.goal | num), (.attained_percent | pct)),
			(.members | num), "\(.reported)/\(.expected)"] | line;
		($heads | line), (.rows[] | row), (.total | row)' "$run/json/table.json"
}

# What the two groups of columns are.
tell_targets()
{
	local line

	for line in 0 1; do
		printf '  (%d) %s\n' $((line + 1)) \
			"$(instrument "$(j table ".total.targets[$line].instrument")" \
				"$(j table ".total.targets[$line].doc_no")")"
	done
}

tell_standing()
{
	tell 'Từ %s đến %s, theo số liệu đã báo cáo đến ngày %s (mục %s)' \
		'From %s to %s, as reported on %s (entry %s)' \
		"$(day "$(j table .from)")" "$(day "$(j table .to)")" "$(day "$(j table .known_at.time)")" \
		"$(num "$(j table .known_at.lsn)")"
	tell_targets
	tell_table
	tell '  %s tổ chức cơ sở đảng = %s đảng bộ + %s chi bộ; đã gửi %s/%s, %s/%s biểu, %s biểu nhập thay' \
		'  %s grassroots organisations = %s committees + %s cells; reported %s/%s, %s/%s sheets, %s on behalf' \
		"$(num "$(j totals '.units.base_committee + .units.base_cell')")" \
		"$(num "$(j totals .units.base_committee)")" "$(num "$(j totals .units.base_cell)")" \
		"$(num "$(j totals .reporting.reported)")" "$(num "$(j totals .reporting.expected)")" \
		"$(num "$(j totals .sheets.signed)")" "$(num "$(j totals .sheets.expected)")" \
		"$(num "$(j totals .sheets.on_behalf)")"
	tell '  dưới đó có %s đảng bộ bộ phận và %s chi bộ trực thuộc, không gửi biểu riêng' \
		'  below them %s sections and %s subordinate cells, which send no sheets of their own' \
		"$(num "$(j totals .units.section)")" "$(num "$(j totals .units.sub_cell)")"
	tell '  %s biểu không phát sinh, mỗi biểu chốt bằng một dòng; riêng tháng 3: %s/%s' \
		'  %s sheets without events, each signed by one line; in March %s of %s' \
		"$(num "$(j totals .sheets.nil)")" "$(num "$(j totals-march .sheets.nil)")" \
		"$(num "$(j totals-march .sheets.expected)")"
	tell '  Chỉ tiêu của %s đơn vị trực thuộc cộng lại là %s' \
		'  The targets of the %s units directly below add up to %s' \
		"$(num "$(j table '.rows | length')")" "$(num "$(j totals .sum_below)")"
}

tell_october()
{
	tell '  %s sửa riêng số kết nạp: máy báo %s chỗ không khớp và chưa cho chốt: “%s” (%s và %s)' \
		'  %s changes the admitted alone: the device finds %s contradictions and lets nobody sign: "%s" (%s and %s)' \
		"$(j correction .unit)" "$(j contradiction .judged.blocking)" \
		"$(j contradiction '.judged.questions[0].text')" \
		"$(num "$(j contradiction '.judged.questions[0].left')")" \
		"$(num "$(j contradiction '.judged.questions[0].right')")"
	tell '  %s: %s bổ sung một người của tháng 8; nay %s, còn số biết đến %s vẫn là %s' \
		'  %s: %s adds one person of August; now %s, while what was known on %s is still %s' \
		"$(day "$(j totals-now .known_at.time)")" "$(j correction .unit)" \
		"$(num "$(j totals-now .measures.admitted)")" "$(day "$(j totals-then .known_at.time)")" \
		"$(num "$(j totals-then .measures.admitted)")"
	tell '  Máy chủ đã dừng; biên nhận tháng 8 của %s tự kiểm tra: mục %s, trong sổ có %s mục' \
		'  The server has stopped; the receipt of %s for August proves itself: entry %s of a log of %s' \
		"$(head -n 1 "$run/own.txt")" "$(num "$(j receipt .lsn)")" "$(num "$(j receipt .head_size)")"
	tell_verify province-verify
	tell '  Bản sao %s có %s mục, đã kiểm tra' '  The copy %s has %s entries, verified' \
		"$(short "$run/province.backup")" "$(num "$(j backup .entries)")"
}

tell_province()
{
	tell_set_up
	tell_cut
	tell_delivery
	tell_contest
	tell_standing
	tell_october
}

run_province()
{
	stage "$(t 'Dựng tỉnh minh họa, máy chủ' 'An illustrative province, its server')" make_province
	stage "$(t 'Ghi danh các máy' 'Enrol the clients')" enrol_clients
	stage "$(t 'Yêu cầu số liệu đến 22/9' 'Ask for figures to 22/9')" ask_for_flash
	stage "$(t 'Mất đường truyền, vẫn nhập' 'No line, they enter all the same')" enter_offline
	stage "$(t 'Đường truyền đứt sau lời chào' 'The line breaks after Hello')" break_off
	stage "$(t 'Gửi; máy chủ bị kill -9' 'Deliver; the server is killed')" deliver_and_kill
	stage "$(t 'Hai người ghi khác nhau' 'Two people wrote one figure apart')" disagree
	stage "$(t 'Bảng của Ban Thường vụ' 'The table')" ask_province
	stage "$(t 'Bổ sung trong tháng 10' 'A correction in October')" correct_in_october
	stage "$(t 'Biên nhận, sao lưu, kiểm tra' 'Receipt, copy, verification')" check_and_stop
}
