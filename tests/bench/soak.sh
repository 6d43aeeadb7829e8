#!/usr/bin/env bash
# A server under an even load for as long as is said: devices that stay and send so many sheets a second, others that
# connect, send and close, questions of the operator, a backup. What it holds (own memory, descriptors, threads, file)
# is told every so often, and at the end how it grew per million ops after the first tenth. For a tenth of the
# time somebody looks at the log and goes away in the middle: the file may not grow quicker because of that.
# usage: soak.sh --build DIR [--seconds S] [--per-second N] [--dir DIR] [--growth judged|told]
#   --per-second  ops of the devices that stay (100); --dir: where the store lies (a new folder under /var/tmp)
#   --growth      told: nothing follows from the file's growth (a sanitizer's build does too few ops to say)
# Ends with 1 when something did not work, descriptors are not given back, the file grew over four times as quickly
# while somebody looked away from the log, or `verify` finds something, which is told too.
# The last lines of the script are read before the first is run: it may be changed while it runs.
set -euo pipefail
seconds=3600 per_second=100 build='' under=/var/tmp dir='' growth=judged
server='' load='' reader='' reader_from=0 reader_to=0 backups=0 verified=''
staying=0 # samples so far, while the devices stayed
readonly stay=100 pass=200 # devices that stay, and of those that come and go, how many there are
readonly sessions=8192     # that a server keeps for those who come back

# shellcheck disable=SC2317 # the trap
leave()
{
	local pid

	[ -z "$reader" ] || kill -CONT "$reader" 2>/dev/null || true
	for pid in $reader $load $server; do
		kill "$pid" 2>/dev/null || true
	done
	[ -z "$dir" ] || rm -rf -- "$dir"
}
trap leave EXIT

die()
{
	tail -n 5 "$dir"/*.err 2>/dev/null || true
	printf 'soak: %s\n' "$1"
	exit 1
}

start_server()
{
	local i

	: >"$dir/ready"
	"$ketnapd" serve --data "$dir/data" --listen 127.0.0.1:0 >>"$dir/ready" 2>"$dir/server.err" &
	server=$!
	for ((i = 0; i < 300; i++)); do
		address=$(sed -n 's/^ready \([^ ]*\).*/\1/p' "$dir/ready")
		[ -z "$address" ] || return 0
		sleep 0.1
	done
	die 'the server did not come up'
}

# A line of what the server holds: seconds, ops in the log, own memory KiB, descriptors, threads, file KiB.
sample()
{
	local lsn

	lsn=$("$ketnapd" status --data "$dir/data" --json | sed -n 's/.*"lsn": *\([0-9]*\).*/\1/p' | head -n 1)
	[ -n "$lsn" ] || die 'status does not tell the log'
	printf '%d %d %d %d %d %d\n' "$SECONDS" "$lsn" "$(awk '/^RssAnon/ { print $2 }' "/proc/$server/status")" \
		"$(find "/proc/$server/fd" -mindepth 1 | wc -l)" "$(awk '/^Threads/ { print $2 }' "/proc/$server/status")" \
		$(($(stat -c %s "$dir/data/store/data.mdb") / 1024)) >>"$dir/samples"
	printf '%s\n' "$(tail -n 1 "$dir/samples")"
}

come_and_go()
{
	"$bin/surge_load" --server "$address" --clients "$dir/clients" --skip $stay --count $((stay + pass)) --at-once 10 \
		>"$dir/surge.out" 2>"$dir/surge.err" || die 'devices that came were not served'
}

# One who reads the log and stops in the middle, as in a pager that is left open.
reader_comes()
{
	mkfifo "$dir/pager"
	"$ketnapd" log --data "$dir/data" >"$dir/pager" 2>"$dir/reader.err" &
	reader=$!
	exec 7<"$dir/pager"
	head -c 1000 <&7 >/dev/null
	reader_from=$(wc -l <"$dir/samples")
}

reader_goes()
{
	kill -0 "$reader" 2>/dev/null || die 'who read the log was not there any more'
	exec 7<&-
	kill "$reader" 2>/dev/null || true
	wait "$reader" 2>/dev/null || true
	reader='' reader_to=$(wc -l <"$dir/samples")
}

# slope FIELD FROM TO: what the field grows by per million ops, by least squares over these samples.
slope()
{
	sed -n "$2,$3p" "$dir/samples" | awk -v f="$1" '{ x = $2 / 1e6; n++; sx += x; sy += $f; sxx += x * x; sxy += x * $f }
		END { d = n * sxx - sx * sx; g = sprintf("%.0f", d > 0 ? (n * sxy - sx * sy) / d : 0); print(g == "-0" ? 0 : g) }'
}

field()
{
	sed -n "$2p" "$dir/samples" | cut -d' ' -f"$1"
}

# Before a long run all sessions are there that a server keeps. The first sample is one without devices.
warm_up()
{
	local i

	SECONDS=0
	for ((i = 0; seconds >= 600 && i * pass <= sessions; i++)); do
		come_and_go
	done
	sample
}

back_up()
{
	"$ketnapd" backup "$dir/backup.mdb" --data "$dir/data" >"$dir/backup.out" 2>"$dir/backup.err" || die 'no backup'
	rm -f "$dir/backup.mdb"
	backups=$((backups + 1))
}

soak()
{
	local every=$((seconds / 60 > 0 ? seconds / 60 : 1))

	"$bin/open_load" --server "$address" --clients "$dir/clients" --count $stay --in-flight 1 --warm-ms 0 \
		--per-second "$per_second" --ms $((seconds * 1000)) >"$dir/load.out" 2>"$dir/load.err" &
	load=$!
	SECONDS=0
	while [ $SECONDS -lt "$seconds" ]; do
		come_and_go
		kill -0 "$load" 2>/dev/null || [ -s "$dir/load.out" ] || die 'the devices that stayed were not served'
		"$ketnapd" totals QNA --from 2021-01-01 --to 2021-12-31 --data "$dir/data" --json >"$dir/totals.out" \
			2>"$dir/totals.err" || die 'no totals'
		sample
		! kill -0 "$load" 2>/dev/null || staying=$(wc -l <"$dir/samples")
		[ $backups -gt 0 ] || [ $SECONDS -lt $((seconds / 4)) ] || back_up
		if [ "$reader_to" = 0 ] && [ -z "$reader" ] && [ $SECONDS -ge $((seconds / 2)) ]; then
			reader_comes
		elif [ -n "$reader" ] && [ $SECONDS -ge $((seconds / 2 + seconds / 10 + every)) ]; then
			reader_goes
		fi
		sleep "$every" &
		wait $! || true
	done
	[ -z "$reader" ] || reader_goes
	wait "$load" || die 'the devices that stayed were not served'
	load=''
	sleep 1
	sample >/dev/null
}

verify()
{
	local begun=$SECONDS

	kill "$server"
	wait "$server" || die 'the server did not stop in order'
	server=''
	if ! "$ketnapd" verify --data "$dir/data" --json >"$dir/verify.out" 2>"$dir/verify.err" ||
		! jq -e .ok "$dir/verify.out" >/dev/null; then
		die "verify found something: $(jq -c . "$dir/verify.out" || true)"
	fi
	verified="verify clean, $(jq .entries "$dir/verify.out") entries in $((SECONDS - begun)) s"
}

judge()
{
	local n from file held grown

	n=$(wc -l <"$dir/samples")
	from=$((n / 10 + 2)) # the first is one without devices
	if [ "$staying" -lt 2 ] || [ "$reader_to" = 0 ] || [ $backups = 0 ]; then
		die "too short: $n samples, $backups backups, the log looked at from sample $reader_from to $reader_to"
	fi
	[ "$(field 4 "$n")" -le $(($(field 4 1) + 2)) ] ||
		die "descriptors: $(field 4 1) at first, $(field 4 "$n") at the end"
	file=$(($(slope 6 "$from" "$reader_from") / 1024)) held=$(($(slope 6 "$reader_from" "$reader_to") / 1024))
	# Few ops say little of a slope: two MiB more than these ops account for are chance.
	grown=$(($(field 6 "$reader_to") - $(field 6 "$reader_from")))
	[ "$growth" = told ] ||
		[ "$grown" -le $((2048 + 4 * file * ($(field 2 "$reader_to") - $(field 2 "$reader_from")) / 1000)) ] ||
		die "the file grew by $held MiB per million ops while somebody looked away from the log, by $file before"
	printf '%d ops in %d s; per million ops: own memory %s KiB (%d to %d KiB), descriptors %s (%d to %d while devices stay, %d before and %d after them), file %d MiB, %d while somebody looked away from the log; %s\n' \
		$(($(field 2 "$n") - $(field 2 1))) "$seconds" "$(slope 3 "$from" "$staying")" \
		"$(field 3 "$from")" "$(field 3 "$staying")" "$(slope 4 "$from" "$staying")" "$(field 4 "$from")" "$(field 4 "$staying")" \
		"$(field 4 1)" "$(field 4 "$n")" "$file" "$held" "$verified"
}

main()
{
	while [ $# -gt 1 ]; do
		case $1 in
		--build) build=$2 ;;
		--seconds) seconds=$2 ;;
		--per-second) per_second=$2 ;;
		--growth) growth=$2 ;;
		--dir) under=$2 ;;
		*) break ;;
		esac
		shift 2
	done
	if [ $# -gt 0 ] || [ -z "$build" ]; then
		sed -n '/^# usage/,/^set /p' "$0" | sed '$d; s/^# //' >&2
		exit 2
	fi
	bin=$build/tests ketnapd=$build/server/ketnapd
	dir=$(mktemp -d "$under/ketnap-soak-XXXXXX")
	"$bin/make_clients" --out "$dir/clients" --clients $((stay + pass)) --data "$dir/data" --history 12 >/dev/null
	start_server
	warm_up
	soak
	verify
	judge
}

main "$@"; exit
