# shellcheck shell=bash disable=SC2154
# Sourced by scripts/bench: what the machine itself allows, measured with the server's own work. Three things more of each
# round: the server's puts through LMDB alone, the surge on a disk whose flushes take 5 ms longer, and what an ack at half
# the surge's rate could take at the least.
# The server is the one that people run; what is measured of it comes from a library loaded in front of it.
: "${bin:?}" "${dir:?}" "${ketnapd:?}" "${open:?}" "${open_ms:?}" "${at_once:?}" "${rounds:?}"
readonly flush_ms=5

# start_before LIBRARY NAME=VALUE ...: ours, with the library in front of it.
start_before()
{
	rm -rf "$dir/data"
	cp -r "$dir/prepared" "$dir/data"
	start env "LD_PRELOAD=$bin/$1.so" "${@:2}" "$ketnapd" serve --data "$dir/data" --listen 127.0.0.1:0
}

# The open connections once more, their puts written down, and those through LMDB alone into the same store.
round_traced()
{
	start_before put_trace KETNAP_TRACE_STORE=store "KETNAP_TRACE_FILE=$dir/trace"
	load traced open_load --clients "$dir/for-ours" --count "$open" --in-flight 1 --ms "$open_ms"
	stop_server
	[ -s "$dir/trace" ] || die 'nothing was traced'
	rm -rf "$dir/data"
	cp -r "$dir/prepared" "$dir/data"
	sync "$dir/data/store/data.mdb"
	watch
	note replay "$("$bin/put_replay" --store "$dir/data/store" --trace "$dir/trace" --warm "$open")"
	rm -f "$dir/trace"
}

# surge_with NAME MS: as surge, each flush so much longer. Both arms have the library in front.
surge_with()
{
	rm -f "$dir/flushes"
	start_before slow_flush "KETNAP_FLUSH_MS=$2" "KETNAP_FLUSH_COUNT=$dir/flushes"
	load "$1" surge_load --clients "$dir/for-ours" --at-once "$at_once"
	stop_server
	[ "$(value flushes "$(cat "$dir/flushes")")" -gt 2 ] || die 'no flush came by the library'
}

round_flush()
{
	surge_with flush-same 0
	surge_with flush-slow "$flush_ms"
}

# One handshake with nobody else there, and the server's own commits at the batch that half the rate came to.
round_wait()
{
	local batch

	start "$bin/null_server" --clients "$dir/for-null"
	load alone surge_load --clients "$dir/for-null" --at-once 1
	stop_server
	batch=$(value mean_batch "$(grep '^half ' "$dir/results" | tail -n 1)")
	batch=$(awk -v b="$batch" 'BEGIN { printf "%d", b < 1 ? 1 : b + 0.5 }')
	watch
	note commits "$("$bin/mix_raw" --dir "$dir" --batch "$batch" --runs 1 "${mix_options[@]}")"
	note least "ms=$(least_wait)"
}

round_limits()
{
	round_traced
	round_flush
	round_wait
}

# What an ack at half the rate could take, of this round: one handshake and two commits, in ms.
least_wait()
{
	local commits

	commits=$(grep '^commits ' "$dir/results" | tail -n 1)
	awk -v shake="$(value p50_ms "$(grep '^alone ' "$dir/results" | tail -n 1)")" -v batch="$(value batch "$commits")" \
		-v rate="$(value rate "$commits")" 'BEGIN { printf "%.2f", shake + (rate > 0 ? 2000 * batch / rate : 0) }'
}

limits_table()
{
	compare "$open connections, 1 in flight: durable acks, per s (beside: own puts, LMDB alone)" open:rate replay:rate '0.75; 0.5'
	row "    puts and bytes of each: $(median replay puts), $(median replay bytes); CPU us" \
		"$(median open server_cpu_us)" "$(median replay cpu_us)"
	row "    mean batch; of the run that was traced, at $(median traced rate) per s" "$(median open mean_batch)" \
		"$(median replay mean_batch)"
	compare "surge, each flush $flush_ms ms longer (beside: without), per s" flush-slow:rate flush-same:rate '0.95; 0.85'
	compare "p99 ms at half the surge's rate (beside: handshake + 2 commits)" half:p99_ms least:ms '4; 8'
	row "    one handshake, p50 ms; commits per s at a batch of $(median half mean_batch)" "$(median alone p50_ms)" \
		"$(commits_per_s)"
}

commits_per_s()
{
	awk -v r="$(median commits rate)" -v b="$(median commits batch)" 'BEGIN { if (b > 0) printf "%.0f", r / b }'
}
