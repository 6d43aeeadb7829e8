# Connections and frames, sections 1 to 3. openssl s_client is the TLS; with -quiet its two ends carry
# the frames and nothing else. What it knows of the handshake comes by two files.
# shellcheck shell=bash disable=SC2154
tls_pid=

# tls_open ADDRESS OPTION ...
tls_open()
{
	local address=$1

	shift
	rm -f "$tmp/in" "$tmp/out" "$tmp/secrets" "$tmp/handshake"
	mkfifo "$tmp/in" "$tmp/out"
	openssl s_client -connect "$address" -tls1_3 -noservername -quiet -msg -msgfile "$tmp/handshake" \
		-keylogfile "$tmp/secrets" "$@" <"$tmp/in" >"$tmp/out" 2>"$tmp/s_client" &
	tls_pid=$!
	exec 3>"$tmp/in" 4<"$tmp/out"
	tls_wait
	tls_certificate >"$tmp/server.der"
	openssl x509 -inform DER -in "$tmp/server.der" -out "$tmp/server.pem"
}

# Until the own Finished has gone out.
tls_wait()
{
	local tries=0

	until grep -q '^>>> .*Finished' "$tmp/handshake" 2>/dev/null; do
		tries=$((tries + 1))
		if [ $tries -eq 400 ] || ! kill -0 "$tls_pid" 2>/dev/null; then
			die "no TLS: $(tail -n 1 "$tmp/s_client")"
		fi
		sleep 0.02
	done
}

tls_close()
{
	[ -n "$tls_pid" ] || return 0
	exec 3>&- 4<&-
	kill "$tls_pid" 2>/dev/null || true
	wait "$tls_pid" 2>/dev/null || true
	tls_pid=
}

# The certificate in the server's Certificate message (RFC 8446, 4.4.2): type 1, length 3, length of the
# context 1 and the context, which is empty, length of the list 3, length of the first certificate 3.
tls_certificate()
{
	local hex

	hex=$(sed -n '/^<<< .*, Certificate$/,/^[<>]/{/^ /p}' "$tmp/handshake" | tr -d ' \n')
	[ "${hex:0:2}${hex:8:2}" = 0b00 ] || die 'no certificate of the server'
	from_hex "${hex:22:$((16#${hex:16:6} * 2))}"
}

# The server's certificate is one that CA issued to the server of STORE.
tls_server_is()
{
	local subject

	openssl verify -x509_strict -purpose sslserver -CAfile "$1" "$tmp/server.pem" >/dev/null 2>&1 ||
		die 'the server has a certificate of somebody else'
	subject=$(openssl x509 -in "$tmp/server.pem" -noout -subject -nameopt RFC2253)
	[ "$subject" = "subject=CN=server:$2,O=Ketnap" ] || die "another server: $subject"
}

# expand SECRET LABEL CONTEXT BYTES: HKDF-Expand-Label of RFC 8446, 7.1, with SHA-256 or SHA-384
expand()
{
	local label digest=SHA256

	[ ${#1} -eq 64 ] || digest=SHA384
	label=$(text_hex "tls13 $2")
	openssl kdf -keylen "$4" -kdfopt mode:EXPAND_ONLY -kdfopt digest:$digest -kdfopt hexkey:"$1" -kdfopt \
		hexinfo:"$(printf '%04x%02x%s%02x%s' "$4" $((${#label} / 2)) "$label" $((${#3} / 2)) "$3")" \
		-binary HKDF | to_hex
}

# tls_exporter LABEL BYTES: RFC 8446, 7.5, without a context
tls_exporter()
{
	local secret empty

	secret=$(awk '$1 == "EXPORTER_SECRET" { print $3 }' "$tmp/secrets")
	if [ ${#secret} -eq 64 ]; then
		empty=$(sha256sum </dev/null)
	else
		empty=$(sha384sum </dev/null)
	fi
	empty=${empty%% *}
	expand "$(expand "$secret" "$1" "$empty" $((${#secret} / 2)))" exporter "$empty" "$2"
}

# ---- frames ----

# frame TYPE PAYLOAD
frame()
{
	printf '%s%04x%s' "$(u32 $((${#2} / 2)))" "$1" "$2"
}

send()
{
	from_hex "$1" >&3
}

take_bytes()
{
	timeout 20 head -c "$1" <&4 | to_hex
}

# Sets frame_type (0 at the end) and payload.
receive()
{
	local header length

	header=$(take_bytes 6)
	frame_type=0 payload=
	[ ${#header} -eq 12 ] || return 0
	length=$((16#${header:0:8}))
	frame_type=$((16#${header:8:4}))
	[ $length -le 262144 ] || die "a frame of $length bytes"
	[ $length -eq 0 ] || payload=$(take_bytes $length)
	[ ${#payload} -eq $((length * 2)) ] || die 'a frame is cut off'
}

# answer TYPE: the next frame is of this type, or the client ends with what the server said instead.
answer()
{
	local -A said

	receive
	[ "$frame_type" != "$1" ] || return 0
	case $frame_type in
	0) die "the connection ended: $(tail -n 1 "$tmp/s_client")" ;;
	65)
		unpack said wire.Error "$payload"
		die "error ${said[code]:-0}"
		;;
	64)
		unpack said wire.Busy "$payload"
		die "busy ${said[code]:-0}"
		;;
	esac
	die "frame $frame_type instead of $1"
}

# Says Close and waits for the end, so that the session is not lost.
say_close()
{
	send "$(frame 66 '')"
	await_end
}

await_end()
{
	while receive && [ $frame_type -ne 0 ]; do :; done
	tls_close
}
