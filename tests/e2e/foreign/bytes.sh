# Bytes, hashes and messages. Bytes are lower-case hex everywhere, since a shell variable holds no NUL;
# keys and secrets are seen in the list of processes: this client is for tests.
# shellcheck shell=bash disable=SC2154

die()
{
	printf 'foreign: %s\n' "$1" >&2
	exit 1
}

to_hex()
{
	xxd -p -c 0
}

from_hex()
{
	xxd -r -p <<<"$1"
}

text_hex()
{
	printf %s "$1" | to_hex
}

sha256()
{
	local sum

	sum=$(from_hex "$1" | sha256sum)
	printf %s "${sum%% *}"
}

zeros()
{
	printf '%0*d' $(($1 * 2)) 0
}

u32()
{
	printf %08x "$1"
}

u64()
{
	printf %016x "$1"
}

# hkdf SECRET SALT INFO BYTES: RFC 5869 with SHA-256; texts are given as hex too.
hkdf()
{
	openssl kdf -keylen "$4" -kdfopt digest:SHA256 -kdfopt hexkey:"$1" -kdfopt hexsalt:"$2" \
		-kdfopt hexinfo:"$3" -binary HKDF | to_hex
}

# hmac KEY DATA
hmac()
{
	from_hex "$2" | openssl dgst -sha256 -mac HMAC -macopt hexkey:"$1" -binary | to_hex
}

# ed25519_good KEY DATA SIGNATURE, in the folder $tmp
ed25519_good()
{
	from_hex "302a300506032b6570032100$1" >"$tmp/ed.key"
	from_hex "$2" >"$tmp/ed.data"
	from_hex "$3" >"$tmp/ed.sig"
	openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$tmp/ed.key" -in "$tmp/ed.data" \
		-sigfile "$tmp/ed.sig" >/dev/null 2>&1
}

# ---- protobuf: protoc and its text form ----

# quoted HEX: as a value of a bytes field
quoted()
{
	printf '"%s"' "${1//??/\\x&}"
}

# pack TYPE TEXT: `TYPE` as in wire.Hello, op.Body
pack()
{
	protoc --encode=ketnap."$1" "${1%%.*}.proto" <<<"$2" | to_hex
}

# unpack ARRAY TYPE HEX: fields into the associative array, by path: head.signed. The second and later
# of a repeated field have a count: entries, entries+1, verdicts+2.seq.
unpack()
{
	local -n into=$1
	local text line name key value prefix='' stack=()

	text=$(from_hex "$3" | protoc --decode=ketnap."$2" "${2%%.*}.proto") || die "no $2 in $3"
	into=()
	while read -r line; do
		case $line in
		'') continue ;;
		'}')
			prefix=${stack[-1]}
			unset 'stack[-1]'
			continue
			;;
		*' {') name=${line% \{} value='{' ;;
		*) name=${line%%: *} value=${line#*: } ;;
		esac
		key=$prefix$name
		if [ "${into[$key]+y}" ]; then
			into["#$key"]=$((${into["#$key"]:-0} + 1))
			key+=+${into["#$key"]}
		fi
		into["$key"]=$value
		if [ "$value" = '{' ]; then
			stack+=("$prefix")
			prefix=$key.
		fi
	done <<<"$text"
}

# raw VALUE: the bytes of a bytes field as unpack gives it, as hex
raw()
{
	local inner=${1#\"}

	inner=${inner%\"}
	# shellcheck disable=SC2059
	printf -- "${inner//%/%%}" | to_hex
}

# hash_of VALUE: a hash of 32 zero bytes may be absent.
hash_of()
{
	if [ -n "${1:-}" ]; then
		raw "$1"
	else
		zeros 32
	fi
}

# ---- what the device keeps: one small file for each thing ----

keep()
{
	printf '%s\n' "$2" >"$state/$1"
}

# kept NAME [DEFAULT]
kept()
{
	local value=${2:-}

	[ ! -e "$state/$1" ] || read -r value <"$state/$1"
	printf %s "$value"
}
