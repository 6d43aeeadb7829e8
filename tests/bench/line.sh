# shellcheck shell=bash disable=SC2154
# One usual month over a bad line, for scripts/bench --line, which sources this: the server in one network namespace, the
# devices in another, between them a relay of our own (bad_line), since not every kernel has netem. What the relay does to
# packets by itself and with its settings is measured first. Beside it stands what nobody can be faster than: three round
# trips (TCP, TLS, the month) and all its bytes at the line's rate. Needs root and /dev/net/tun.
: "${bin:?}" "${dir:?}" "${ketnapd:?}" "${rounds:?}" "${history:?}" "${line_months:?}" "${line_probes:?}"
readonly line_rtt_ms=300 line_loss=5 line_kbit=64
readonly ns_server=ketnap-a-$$ ns_devices=ketnap-b-$$ at_server=10.77.0.1 at_devices=10.77.0.2
relay='' echoer=''

line_stop()
{
	stop_server
	[ -z "$echoer" ] || kill "$echoer" 2>/dev/null || true
	[ -z "$echoer" ] || wait "$echoer" 2>/dev/null || true
	[ -z "$relay" ] || kill "$relay" 2>/dev/null || true
	[ -z "$relay" ] || wait "$relay" 2>/dev/null || true
	relay='' echoer=''
}

line_tidy()
{
	line_stop
	ip netns del "$ns_server" 2>/dev/null || true
	ip netns del "$ns_devices" 2>/dev/null || true
}

# wait_for WORD FILE PID
wait_for()
{
	local i

	for ((i = 0; i < 200; i++)); do
		! grep -q "^$1" "$2" || return 0
		kill -0 "$3" 2>/dev/null || break
		sleep 0.05
	done
	die "no $1: $(tail -n 2 "$2")"
}

# line_start OPTION ...: of bad_line.
line_start()
{
	: >"$dir/relay"
	"$bin/bad_line" --a "$ns_server" --b "$ns_devices" "$@" >>"$dir/relay" 2>&1 &
	relay=$!
	wait_for ready "$dir/relay" "$relay"
	ip -n "$ns_server" addr add "$at_server/24" dev ketnap0
	ip -n "$ns_devices" addr add "$at_devices/24" dev ketnap0
	ip -n "$ns_server" link set ketnap0 up
	ip -n "$ns_devices" link set ketnap0 up
}

# probe NAME: what the line does to small packets.
probe()
{
	: >"$dir/echo"
	ip netns exec "$ns_server" "$bin/line_probe" --echo "$at_server:7" >>"$dir/echo" 2>&1 &
	echoer=$!
	wait_for ready "$dir/echo" "$echoer"
	watch
	note "$1" "$(ip netns exec "$ns_devices" "$bin/line_probe" --to "$at_server:7" --count "$line_probes")"
	kill "$echoer" 2>/dev/null || true
	wait "$echoer" 2>/dev/null || true
	echoer=
}

line_prepare()
{
	if [ "$(id -u)" != 0 ] || [ ! -c /dev/net/tun ]; then
		die '--line needs root and /dev/net/tun'
	fi
	command -v ip >/dev/null || die '--line needs ip: apt-get install iproute2'
	rm -rf "$dir"
	mkdir -p "$dir"
	: >"$dir/results"
	trap line_tidy EXIT
	ip netns add "$ns_server"
	ip netns add "$ns_devices"
	say "making a store with $history months of sheets and $line_months devices"
	"$bin/make_clients" --out "$dir/for-month" --clients "$line_months" --data "$dir/prepared" \
		--history "$history" --pull
}

line_round()
{
	line_start --delay-ms $((line_rtt_ms / 2)) --loss-percent "$line_loss" --kbit "$line_kbit" --seed "$1"
	rm -rf "$dir/data"
	cp -r "$dir/prepared" "$dir/data"
	start ip netns exec "$ns_server" "$ketnapd" serve --data "$dir/data" --listen "$at_server:7441"
	watch
	note month "$(ip netns exec "$ns_devices" "$bin/surge_load" --server "$address" --clients "$dir/for-month" \
		--at-once 1 --server-pid "$server")"
	note least "ms=$(least "$1")"
	stop_server
	kill "$relay"
	wait "$relay" || die 'the relay ended badly'
	relay=
	sed -n 's/^line /way /p' "$dir/relay" | while read -r line; do note relay "$line"; done
}

# least ROUND: in ms, of its own bytes.
least()
{
	local line

	line=$(grep '^month ' "$dir/results" | sed -n "$1p")
	awk -v b="$(($(value bytes_in "$line") + $(value bytes_out "$line")))" -v r="$line_rtt_ms" -v k="$line_kbit" \
		'BEGIN { printf "%.0f", 3 * r + b * 8 / k }'
}

line_table()
{
	local i line

	heads "$rounds rounds of $line_months months, medians" reached beside
	compare "a month at ${line_rtt_ms} ms, $line_loss % loss, $line_kbit kbit/s: ms (3 trips + bytes)" month:p50_ms least:ms '1.5; 2.5'
	compare '  the slowest of a hundred, ms' month:p99_ms least:ms
	row '  the relay alone: there and back ms; loss, per cent' "$(median own p50_ms)" "$(median own loss_percent)"
	row '  the line: there and back ms; loss there and back, per cent' "$(median line p50_ms)" \
		"$(median line loss_percent)"
	printf '\n%-7s %12s %12s %12s %12s\n' round 'p50 ms' 'p99 ms' 'least ms' verified
	for ((i = 1; i <= rounds; i++)); do
		line=$(grep '^month ' "$dir/results" | sed -n "${i}p")
		printf '%-7s %12s %12s %12s %12s\n' "$i" "$(value p50_ms "$line")" "$(value p99_ms "$line")" "$(least "$i")" \
			"$(value verified "$line")"
	done
	weather
}

line_bench()
{
	local i

	line_prepare
	line_start
	probe own
	line_stop
	line_start --delay-ms $((line_rtt_ms / 2)) --loss-percent "$line_loss" --kbit "$line_kbit"
	probe line
	line_stop
	for ((i = 1; i <= rounds; i++)); do
		say "round $i of $rounds"
		line_round "$i"
	done
	line_table
}
