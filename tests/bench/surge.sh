# shellcheck shell=bash
# The surge alone, for scripts/bench --surge, which sources this: as many devices as a country has, each once, beside the
# null server; and how many of them come back with a session. A hundred connections at a time, so that descriptors suffice.
: "${bin:?}" "${dir:?}" "${clients:?}" "${history:?}" "${at_once:?}" "${rounds:?}"
readonly sessions=8000 # the server keeps 8,192 to come back with

prepare_surge()
{
	! kept "surge of $clients" || return 0
	say "making $clients devices, for the null server and for ours"
	"$bin/make_clients" --out "$dir/for-null" --clients "$clients"
	"$bin/make_clients" --out "$dir/for-ours" --clients "$clients" --data "$dir/prepared" --history "$history"
	keep "surge of $clients"
}

surge_round()
{
	start "$bin/null_server" --clients "$dir/for-null"
	load null surge_load --clients "$dir/for-null" --at-once "$at_once"
	stop_server
	start_ours prepared
	load surge surge_load --clients "$dir/for-ours" --at-once "$at_once"
	stop_server
	start_ours prepared
	load resumed surge_load --clients "$dir/for-ours" --at-once "$at_once" --resume \
		--count $((clients < sessions ? clients : sessions))
	stop_server
}

surge_table()
{
	heads "$rounds rounds, medians, $clients devices each once" reached beside
	compare 'connect, submit, ack, close (beside: null server), per s' surge:rate null:rate '0.95; 0.85'
	compare '  server CPU us per client' surge:server_cpu_us null:server_cpu_us '1.10; 1.25'
	compare '  p99 ms' surge:p99_ms null:p99_ms
	row "  mean batch of a commit" "$(median surge mean_batch)"
	share_row surge null
	compare "$(median resumed resumed) coming back with a session (beside: ours, full), per s" resumed:rate surge:rate '2.2; 1.8'
	compare '  server CPU us per client' resumed:server_cpu_us surge:server_cpu_us
	share_row resumed
	weather
}

surges()
{
	local i

	prepare_surge
	for ((i = 1; i <= rounds; i++)); do
		say "round $i of $rounds"
		surge_round
	done
	[ "$rounds" = 0 ] || surge_table
}
