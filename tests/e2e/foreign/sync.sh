# A contact with the server: sections 3 to 6 and 8.
# shellcheck shell=bash disable=SC2154

# The certificate is looked at before anything is said.
connect()
{
	tls_open "$(kept address)" -CAfile "$state/ca.pem" -verify_return_error -cert "$state/certificate.pem" \
		-key "$state/tls.key"
	tls_server_is "$state/ca.pem" "$(kept store)"
}

cursor()
{
	[ ! -e "$state/cursor" ] || printf 'cursor { incarnation: %s lsn: %s authority: %s }' \
		"$(quoted "$(kept incarnation)")" "$(kept cursor)" "$(kept authority)"
}

hello()
{
	local acked seq head=''

	acked=$(kept acked) seq=$(kept seq)
	[ ! -e "$state/head.signed" ] || head="head { signed: $(quoted "$(kept head.signed)")
		signature: $(quoted "$(kept head.signature)") }"
	pack wire.Hello "version_min: 1 version_max: 1 program: \"foreign 1\" store: $(quoted "$(kept store)")
		device: $(kept device) epoch: $(kept epoch) acked_seq: $acked
		acked_chain: $(quoted "$(kept "chain.$acked")") next_seq: $((seq + 1))
		chain: $(quoted "$(kept "chain.$seq")") nonce: $(quoted "$(kept nonce)") $(cursor) $head
		held_queued: $((seq - acked)) device_time_ms: $(date +%s%3N) frame_max: 262144"
}

# The size of the head kept here, 0 when there is none.
head_size()
{
	local signed

	signed=$(kept head.signed)
	printf %d $((16#0${signed:64:16}))
}

pull()
{
	local from

	from=$(head_size)
	[ "$from" -eq 0 ] && from='' || from="prove_from: $from"
	pack wire.Pull "$(cursor) max_bytes: 200000 $from"
}

# take_head SIGNED SIGNATURE [SIZE NODES]: the newest one is kept, if NODES prove that it goes on from the
# one of SIZE that is kept here; without them it is only looked at.
take_head()
{
	local size root old

	[ "$1" = "$(kept head.signed)" ] || head_good "$1" "$2" || die 'a head is not signed by the log key'
	[ $# -eq 4 ] || return 0
	size=$((16#${1:64:16})) root=${1:96:64} old=$(kept head.signed)
	if [ "$3" -gt 0 ]; then
		consistent "$3" "${old:96:64}" $size "$root" "$4" || die 'two histories: the head does not go on'
		printf 'consistent from=%d to=%d\n' "$3" $size
	fi
	keep head.signed "$1"
	keep head.signature "$2"
}

take_hello_ack()
{
	local -A ack
	local acked

	answer 2
	unpack ack wire.HelloAck "$payload"
	acked=${ack[acked_seq]:-0}
	[ "${ack[code]:-0}" = 0 ] || die "HelloAck says ${ack[code]}"
	[ "${ack[version]:-} ${ack[epoch]:-}" = "1 $(kept epoch)" ] || die 'another version or epoch'
	[ "$(raw "${ack[incarnation]}")" = "$(kept incarnation)" ] || die 'another incarnation'
	[ "$(hash_of "${ack[chain]:-}")" = "$(kept "chain.$acked")" ] || die 'two histories of this device'
	take_head "$(raw "${ack[head.signed]}")" "$(raw "${ack[head.signature]}")"
	printf 'hello epoch=%d acked=%d\n' "${ack[epoch]}" "$acked"
}

# take_acks LAST: Acks until LAST has its verdict.
take_acks()
{
	local -A ack
	local seq=0 i v

	while [ "$seq" -lt "$1" ]; do
		answer 4
		unpack ack wire.Ack "$payload"
		take_head "$(raw "${ack[head.signed]}")" "$(raw "${ack[head.signature]}")"
		for ((i = 0; i <= ${ack["#verdicts"]:-0}; i++)); do
			v=verdicts
			[ $i -eq 0 ] || v+=+$i
			seq=${ack[$v.seq]}
			[ "${ack[$v.verdict]:-0}" != 0 ] || die "seq $seq not now: ${ack[$v.not_now]:-0}"
			keep "lsn.$seq" "${ack[$v.lsn]}"
			printf 'verdict seq=%d lsn=%d verdict=%d code=%d\n' "$seq" "${ack[$v.lsn]}" \
				"${ack[$v.verdict]}" "${ack[$v.code]:-0}"
		done
		[ "$(hash_of "${ack[chain]:-}")" = "$(kept "chain.${ack[acked_seq]}")" ] || die 'two histories of this device'
		[ "${ack[acked_seq]}" -le "$(kept acked)" ] || keep acked "${ack[acked_seq]}"
	done
}

# take_pages: the pages of a Pull that was sent, and the next ones until there is no more.
take_pages()
{
	local -A page
	local i e from

	while :; do
		from=$(head_size)
		answer 6
		unpack page wire.Page "$payload"
		if [ -n "${page[entries]:-}" ]; then
			for ((i = 0; i <= ${page["#entries"]:-0}; i++)); do
				e=entries
				[ $i -eq 0 ] || e+=+$i
				apply "$(raw "${page[$e]}")"
			done
		fi
		take_head "$(raw "${page[head.signed]}")" "$(raw "${page[head.signature]}")" "$from" \
			"$(raw "${page[proof]:-}")"
		keep cursor "${page[next.lsn]:-0}"
		keep authority "${page[next.authority]:-0}"
		printf 'page next=%d restart=%s\n' "${page[next.lsn]:-0}" "${page[restart]:-false}"
		[ "${page[restart]:-false}" = true ] || [ "${page[more]:-false}" = true ] || return 0
		send "$(frame 5 "$(pull)")"
	done
}

# sync_once: everything without a verdict, then what others did, in one flight.
sync_once()
{
	local acked seq flight

	acked=$(kept acked) seq=$(kept seq)
	connect
	flight=$(frame 1 "$(hello)")
	[ "$seq" -eq "$acked" ] || flight+=$(frame 3 "$(submit $((acked + 1)) "$seq")")
	send "$flight$(frame 5 "$(pull)")"
	take_hello_ack
	[ "$seq" -eq "$acked" ] || take_acks "$seq"
	take_pages
	while [ "$acked" -lt "$seq" ]; do
		acked=$((acked + 1))
		prove "$acked"
	done
	say_close
}

# prove SEQ: the receipt of an own op is kept when it holds, and holds the op as it was made.
prove()
{
	local -A entry
	local lsn receipt

	lsn=$(kept "lsn.$1")
	send "$(frame 7 "$(pack wire.ReceiptGet "lsn: $lsn")")"
	answer 8
	receipt_good "$payload" "$lsn" >"$tmp/entry" || exit 1
	receipt=$(cat "$tmp/entry")
	[ "$receipt" = "$(kept "entry.$lsn")" ] || die "entry $lsn in the feed is another"
	unpack entry op.Entry "$receipt"
	[ "${entry[lsn]} $(raw "${entry[envelope]}") $(raw "${entry[body]}")" = \
		"$lsn $(kept "envelope.$1") $(kept "body.$1")" ] || die "entry $lsn is not the op that was made"
	keep "receipt.$1" "$payload"
	printf 'proven seq=%d lsn=%d\n' "$1" "$lsn"
}

# again SEQ: an op that has its verdict is sent once more.
again()
{
	connect
	send "$(frame 1 "$(hello)")$(frame 3 "$(submit "$1" "$1")")"
	take_hello_ack
	take_acks "$1"
	say_close
}
