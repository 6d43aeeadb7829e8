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
	local i n s r

	printf '\n%-58s %16s %16s %7s  %s\n' "$rounds rounds, medians, $clients devices each once" reached beside ratio \
		'goal; floor'
	row 'connect, submit, ack, close (beside: null server), per s' "$(median surge rate)" "$(median null rate)" \
		"$(paired surge null rate)" '0.95; 0.85'
	row '  server CPU us per client' "$(median surge server_cpu_us)" "$(median null server_cpu_us)" \
		"$(paired surge null server_cpu_us)" '1.10; 1.25'
	row '  p99 ms' "$(median surge p99_ms)" "$(median null p99_ms)"
	row "  mean batch of a commit" "$(median surge mean_batch)"
	row "$(median resumed resumed) coming back with a session (beside: ours, full), per s" "$(median resumed rate)" \
		"$(median surge rate)" "$(paired resumed surge rate)" '2.2; 1.8'
	row '  server CPU us per client' "$(median resumed server_cpu_us)" "$(median surge server_cpu_us)" \
		"$(paired resumed surge server_cpu_us)"
	printf '\n%-7s %12s %12s %7s %12s %12s %7s %12s %12s\n' round 'null per s' 'surge per s' ratio 'null us' 'surge us' ratio \
		'back per s' disturbed
	for ((i = 1; i <= rounds; i++)); do
		n=$(grep '^null ' "$dir/results" | sed -n "${i}p")
		s=$(grep '^surge ' "$dir/results" | sed -n "${i}p")
		r=$(grep '^resumed ' "$dir/results" | sed -n "${i}p")
		printf '%-7s %12s %12s %7s %12s %12s %7s %12s %12s\n' "$i" "$(value rate "$n")" "$(value rate "$s")" \
			"$(ratio "$(value rate "$s")" "$(value rate "$n")")" \
			"$(value server_cpu_us "$n")" "$(value server_cpu_us "$s")" \
			"$(ratio "$(value server_cpu_us "$s")" "$(value server_cpu_us "$n")")" "$(value rate "$r")" \
			"$(printf '%s\n' "$n" "$s" "$r" | grep -c 'disturbed=yes' || true) of 3"
	done
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
