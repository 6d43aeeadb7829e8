#!/usr/bin/env bash
# scripts/run with the programs of this build: the story's figures, in both languages; with one admission
# more; beside itself, failing, broken off half way, after a server that was left behind, and taken away.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# A build folder of this test's own: scripts/run keeps its log and lock there. Its programs are scripts that
# can fail or dawdle in the middle of the province, and else are the real ones.
mkdir -p built/tests built/stage/bin
ln -s "$make_province" built/tests/make_province
ln -s "$KETNAP_BUILD/tests/cut_line" built/tests/cut_line
cat >built/stage/bin/ketnapd <<SH
#!/bin/sh
case "\$*" in
request*) [ ! -e "$work/die" ] || kill -KILL \$\$ ;;
esac
exec "$ketnapd" "\$@"
SH
cat >built/stage/bin/ketnap <<SH
#!/bin/sh
if [ -e "$work/dawdle" ] && [ -e "$work/left/delivering.txt" ]; then
	: >"$work/dawdling.\$\$"
	sleep 300
fi
exec "$KETNAP_BUILD/stage/bin/ketnap" "\$@"
SH
chmod +x built/stage/bin/*
story=("$KETNAP_SOURCE/scripts/run" --built built --into left)

none_runs()
{
	pgrep -f "$work/(left|built)" | xargs -r ps -o pid=,args= -p >err || true
	[ ! -s err ]
}

# Nothing that works on the folder is left, programs or scripts; what was told to end may need a moment.
nothing_runs()
{
	waits_for "no process is left $1" none_runs
}

exits 0 "${story[@]}"
is '' "$(cat err)" 'stderr in a pipe'
nothing_runs 'after a run'
for text in 'in 372, cộng các năm được 382: chưa khớp' 'in 77,51%, tính được 77,52%: khớp (cắt bớt' \
	'in 90%, tính được 95%: chưa khớp, cần đối chiếu; giải thích được bằng 4.500' \
	'Hưng Yên 2023: chỉ tiêu 2.112, từ 3% của 70.314 đảng viên là ít nhất 2.110 người (hơn 2)' \
	'Hưng Yên 2024: chỉ tiêu 2.173, từ 3% của 72.426' 'Hưng Yên 2025: chỉ tiêu 2.238, từ 3% của 74.599' \
	'in 3,08%, tính được 3,00%: chưa khớp, cần đối chiếu; 0 cách' \
	'1.336 / 1.640 (Quyết định 426-QĐ/TU) = 81,46%' '1.336 / 1.500 (Nghị quyết) = 89,07%' \
	'81,46% khớp, 89,07% khớp (làm tròn)' 'Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố' \
	'53 máy đã ghi danh: 22 cấp trên trực tiếp, 31 ở cơ sở' 'hạn 16:00 (mục 5.914): 53 máy đã nhận' \
	'52 máy nhập và chốt 10.377 biểu, 49.509 ô số liệu, chờ gửi 10.377' \
	'lúc 14:30 tỉnh chỉ biết: 53 máy liên lạc lần cuối 08:00; đã gửi 0/10.377 biểu' \
	'mọi lần gọi đầu đều đứt sau lời chào: tỉnh biết ' \
	'10.377 biểu được xác nhận ở các máy, 10.377 mục trong sổ, mỗi biểu một lần; còn chờ 0' \
	'1 số chưa thống nhất; người này thấy 4, 5, người kia thấy 4, 5' \
	'giữ 5: còn 0 số chưa thống nhất ở tỉnh, 0 ở máy kia' \
	'1.153 tổ chức cơ sở đảng = 388 đảng bộ + 765 chi bộ; đã gửi 1.153/1.153, 10.377/10.377 biểu, 10.107 biểu' \
	'dưới đó có 2 đảng bộ bộ phận và 3.346 chi bộ trực thuộc' \
	'sửa riêng số kết nạp: máy báo 1 chỗ không khớp và chưa cho chốt' \
	'7.574 biểu không phát sinh, mỗi biểu chốt bằng một dòng; riêng tháng 3: 786/1.153' \
	'22 đơn vị trực thuộc cộng lại là 1.640' 'nay 1.337, còn số biết đến 22/09/2022 vẫn là 1.336' \
	'biên nhận tháng 8 của QNA.TK.001 tự kiểm tra'; do
	has "$text" out
done
is 1 "$(grep -cE 'Quảng Nam +1.336 +1.640 +81,46% +1.500 +89,07% +71.087 1153/1153' out)" 'the totals row'
is 22 "$(grep -cE '^  (Thành|Thị|Huyện|Đảng) ủy .*[0-9]/[0-9]+$' out)" 'rows of the table'
[ "$(wc -l <out)" -le 70 ] || fail "the story has $(wc -l <out) lines"
has 'lần gọi bị đứt, sau đó đủ' out
lacks ' 0 lần gọi bị đứt' out # the kill hit somebody

# What came along with Hello is read when Hello is in the log: of the 30 small queues it was more or fewer, as fast
# as the disk was. The 22 of committees filled more than that record, whole. What did not come, the province knows of.
came=$(jq .sheets.signed left/json/totals-held.json)
[ "$came" -le 270 ] || fail "$came sheets came through lines that broke after Hello"
is $((10377 - came)) "$(jq '[.[].held] | add' left/json/devices-held.json)" 'sheets known to be held'
is $((52 - came / 9)) "$(jq '[.[] | select(.held > 0)] | length' left/json/devices-held.json)" 'devices that hold some'

# Each sheet was acked once, by what the devices themselves wrote down, and is in the log once.
jq -r '.verdicts[].lsn' left/json/*.sync.json | sort >acked
[ "$(wc -l <acked)" -gt 5000 ] || fail "only $(wc -l <acked) acks in the last contacts"
is '' "$(uniq -d acked)" 'an entry acked to two'
jq -r '.[] | select(.kind == "sheet") | .lsn' left/json/log.json | sort >logged
is '' "$(comm -23 acked logged)" 'acked and not in the log'

# The five commands that it ends with.
is 5 "$(grep -cE '^  .*ketnapd? .* --data left/' out)" 'commands to try'
grep -E '^  .*ketnapd? .* --data left/' out >try
while read -r line; do
	exits 0 bash -c "$line"
	[ -s out ] || fail "nothing from $line"
done <try

# One that fails says where, and stops its server.
touch die
exits 1 "${story[@]}"
has 'dừng ở bước: Yêu cầu số liệu' err
[ -e left/province ] || fail 'it had not come half way'
nothing_runs 'after a failure'
rm die

# Broken off half way: Ctrl-C reaches the whole group. Both clients that work beside each other are waited for: a shell that
# is about to become the program loses the signal.
both_dawdle()
{
	[ "$(find . -maxdepth 1 -name 'dawdling.*' | wc -l)" -eq 2 ]
}

touch dawdle
set -m # a group of its own, in which SIGINT is not ignored
"${story[@]}" >out 2>err </dev/null &
pid=$!
set +m
until both_dawdle || ! kill -0 $pid 2>/dev/null; do
	sleep 0.1
done
both_dawdle || fail 'it never came to deliver'
kill -INT -- -$pid
got=0
wait $pid || got=$?
is 130 $got 'exit code after Ctrl-C'
nothing_runs 'after Ctrl-C'
rm dawdle

# Two at a time: one works, the other says why not.
exec 8>built/run.lock
flock 8
exits 1 "${story[@]}"
has 'một lần chạy khác chưa xong' err
exec 8>&-

# A run that was killed leaves its server; the next one ends it. This one has one admission more in one
# sheet, and a death, so that the month's balance holds: every figure that hangs on it changes, because none
# is written down.
bash -c "echo \$\$ >left/server.pid; exec '$ketnapd' serve --data '$work/left/province' --listen 127.0.0.1:0" \
	>ready 2>/dev/null &
pid=$!
waits_for 'a server is left behind' [ -s ready ]
rm built/tests/make_province
cat >built/tests/make_province <<SH
#!/bin/sh
"$make_province" "\$1"
awk -F, -v OFS=, '
	\$5 == "admitted" && \$6 == 1 && !unit { unit = \$1 }
	unit && \$1 == unit && \$5 == "admitted" { \$6++ }
	unit && \$1 == unit && \$5 == "died" { \$6++ }
	unit && \$1 == unit && \$5 ~ /^src_/ && \$6 && !more { \$6++; more = 1 }
	{ print }' "\$1/figures-2022-05.csv" >"\$1/more" && mv "\$1/more" "\$1/figures-2022-05.csv"
SH
chmod +x built/tests/make_province
exits 0 "${story[@]}" --lang en
got=0
wait $pid 2>/dev/null || got=$?
is 137 $got 'exit code of the server left behind'
is 1 "$(grep -cE 'Quảng Nam +1,337 +1,640 +81.52% +1,500 +89.13% +71,087' out)" 'the totals row with one more'
has 'now 1,338, while what was known on 2022-09-22 is still 1,337' out
lacks 'Quyết định' out
nothing_runs 'after a run in English'

# --clean takes away what it made, and only that.
exits 0 "${story[@]}" --clean
[ ! -e left ] || fail '--clean left something'
mkdir left && touch left/mine
exits 1 "${story[@]}" --clean
exits 1 "${story[@]}"
[ -f left/mine ] || fail "somebody's file is gone"
