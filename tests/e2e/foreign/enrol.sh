# Enrolment, section 11.
# shellcheck shell=bash disable=SC2154
readonly alphabet=23456789ABCDEFGHJKLMNPQRSTUVWXYZ

# secret_of CODE: 18 bytes. Names a group that was mistyped.
secret_of()
{
	local code symbol before group i sum bits check secret=

	code=$(tr -d ' -' <<<"${1^^}")
	[ ${#code} -eq 35 ] || die 'a code has seven groups of five'
	for group in 1 2 3 4 5 6 7; do
		sum=0 bits=0
		for i in 0 1 2 3 4; do
			symbol=${code:$((group * 5 - 5 + i)):1}
			before=${alphabet%%"$symbol"*}
			[ ${#before} -lt 32 ] || die "group $group: no code has $symbol"
			if [ $i -eq 4 ]; then
				check=${#before}
			else
				bits=$((bits << 5 | ${#before}))
				sum=$(((sum ^ ${#before}) << 1))
				[ $sum -lt 32 ] || sum=$((sum ^ 0x25))
			fi
		done
		[ $((sum ^ group)) -eq "$check" ] || die "group $group is mistyped"
		secret+=$(printf %05x $bits)
	done
	printf %s "${secret}0"
}

# Keys and nonce are made once for an installation, the request once for a code: an enrolment whose answer
# was lost is tried again with the same bytes.
make_request()
{
	[ -e "$state/tls.key" ] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-out "$state/tls.key" 2>/dev/null
	[ -e "$state/seal.key" ] || openssl genpkey -algorithm X25519 -out "$state/seal.key"
	[ -e "$state/nonce" ] || keep nonce "$(openssl rand -hex 16)"
	[ -e "$state/request.$1" ] || keep "request.$1" "$(pack wire.EnrolRequest "
		version_min: 1 version_max: 1 program: \"foreign 1\" code_id: $(quoted "$1")
		csr: $(quoted "$(openssl req -new -key "$state/tls.key" -subj / -outform DER | to_hex)")
		seal_key: $(quoted "$(openssl pkey -in "$state/seal.key" -pubout -outform DER | tail -c 32 | to_hex)")
		nonce: $(quoted "$(kept nonce)")")"
	kept "request.$1"
}

# proof SIDE KEY BINDING MESSAGE
proof()
{
	hmac "$(hkdf "$2" "$3" "$(text_hex "ketnap enrolment $1 proof v1")" 32)" "$4"
}

# Changes the last byte of HEX when the test asks for this place to be spoilt.
spoil()
{
	local last

	[ "${FOREIGN_SPOIL:-}" = "$1" ] || {
		printf %s "$2"
		return
	}
	last=$((16#${2: -2} ^ 1))
	printf '%s%02x' "${2:0:${#2}-2}" $last
}

# enrol ADDRESS CODE
enrol()
{
	local secret salt key request binding answered sent

	secret=$(secret_of "$2")
	salt=$(text_hex 'ketnap enrolment code v1')
	key=$(hkdf "$secret" "$salt" "$(text_hex key)" 32)
	request=$(make_request "$(hkdf "$secret" "$salt" "$(text_hex id)" 16)")
	tls_open "$1"
	binding=$(tls_exporter EXPORTER-ketnap-enrol-1 32)
	sent=$(spoil proof "$(proof client "$key" "$binding" "$request")")
	send "$(frame 33 "$(pack wire.Enrol "request: $(quoted "$request") proof: $(quoted "$sent")")")"
	answer 34
	local -A ack
	unpack ack wire.EnrolAck "$payload"
	answered=$(raw "${ack[answer]:-}")
	[ "$(spoil answer "$(raw "${ack[proof]:-}")")" = "$(proof server "$key" "$binding" "$answered")" ] ||
		die "the server's proof is wrong: this is not the server that made the code"
	pin "$answered" "$1"
	await_end
}

# pin ANSWER ADDRESS: what the answer says is believed from here on; the server of this very connection
# must be the one it names.
pin()
{
	local -A said
	local name address

	unpack said wire.EnrolAnswer "$1"
	[ "${said[version]:-}" = 1 ] || die 'another version'
	for name in ca certificate; do
		from_hex "$(raw "${said[$name]}")" | openssl x509 -inform DER -out "$state/$name.pem"
	done
	tls_server_is "$state/ca.pem" "$(raw "${said[store]}")"
	name=$(openssl x509 -in "$state/certificate.pem" -noout -subject -nameopt RFC2253)
	[ "$name" = "subject=CN=device:$(u64 "${said[device]}"),O=Ketnap" ] || die "a certificate for $name"
	openssl verify -purpose sslclient -CAfile "$state/ca.pem" "$state/certificate.pem" >/dev/null ||
		die 'the own certificate is not of this CA'
	for name in store log_key incarnation; do
		keep $name "$(raw "${said[$name]}")"
	done
	for name in device epoch unit; do
		keep $name "${said[$name]}"
	done
	keep person "${said[person]:-0}"
	address=$(raw "${said[address]:-}")
	keep address "$(from_hex "${address:-$(text_hex "$2")}")"
	keep acked 0
	keep seq 0
	keep chain.0 "$(zeros 32)"
	printf 'enrolled device=%016x unit=%d role=%d\n' "${said[device]}" "${said[unit]}" "${said[role]:-0}"
}
