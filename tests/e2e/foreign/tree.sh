# The log as a Merkle tree, and its signed heads: section 9, RFC 9162.
# shellcheck shell=bash disable=SC2154

node()
{
	sha256 "01$1$2"
}

# head_good SIGNED SIGNATURE: of the pinned log key and this incarnation; sets size and root.
head_good()
{
	[ ${#1} -eq 160 ] && [ "${1:0:32}" = "$(text_hex ketnap-head-v1)0000" ] &&
		[ "${1:32:32}" = "$(kept incarnation)" ] && ed25519_good "$(kept log_key)" "$1" "$2" || return 1
	size=$((16#${1:64:16})) root=${1:96:64}
}

# included ENTRY LSN SIZE ROOT PATH: 2.1.3.2
included()
{
	local fn=$(($2 - 1)) sn=$(($3 - 1)) r path=$5 p

	[ $fn -le $sn ] || return 1
	r=$(sha256 "00$1")
	while [ -n "$path" ]; do
		p=${path:0:64} path=${path:64}
		[ $sn -ne 0 ] || return 1
		if [ $((fn & 1)) -eq 1 ] || [ $fn -eq $sn ]; then
			r=$(node "$p" "$r")
			while [ $((fn & 1)) -eq 0 ] && [ $fn -ne 0 ]; do
				fn=$((fn >> 1)) sn=$((sn >> 1))
			done
		else
			r=$(node "$r" "$p")
		fi
		fn=$((fn >> 1)) sn=$((sn >> 1))
	done
	[ $sn -eq 0 ] && [ "$r" = "$4" ]
}

# consistent SIZE1 ROOT1 SIZE2 ROOT2 NODES: 2.1.4.2
consistent()
{
	local fn=$(($1 - 1)) sn=$(($3 - 1)) nodes=$5 fr sr c

	if [ "$1" -eq "$3" ]; then
		[ "$2" = "$4" ] && [ -z "$nodes" ]
		return
	fi
	[ "$1" -gt 0 ] && [ "$1" -lt "$3" ] && [ -n "$nodes" ] || return 1
	[ $(($1 & fn)) -ne 0 ] || nodes=$2$nodes
	while [ $((fn & 1)) -eq 1 ]; do
		fn=$((fn >> 1)) sn=$((sn >> 1))
	done
	fr=${nodes:0:64} sr=$fr nodes=${nodes:64}
	while [ -n "$nodes" ]; do
		c=${nodes:0:64} nodes=${nodes:64}
		[ $sn -ne 0 ] || return 1
		if [ $((fn & 1)) -eq 1 ] || [ $fn -eq $sn ]; then
			fr=$(node "$c" "$fr")
			sr=$(node "$c" "$sr")
			while [ $((fn & 1)) -eq 0 ] && [ $fn -ne 0 ]; do
				fn=$((fn >> 1)) sn=$((sn >> 1))
			done
		else
			sr=$(node "$sr" "$c")
		fi
		fn=$((fn >> 1)) sn=$((sn >> 1))
	done
	[ $sn -eq 0 ] && [ "$fr" = "$2" ] && [ "$sr" = "$4" ]
}

# receipt_good RECEIPT LSN: checked with the log key alone; prints the entry.
receipt_good()
{
	local -A receipt
	local entry size root

	unpack receipt wire.Receipt "$1"
	entry=$(raw "${receipt[entry]:-}")
	head_good "$(raw "${receipt[head.signed]:-}")" "$(raw "${receipt[head.signature]:-}")" ||
		die 'receipt: the head is not signed by the log key'
	included "$entry" "$2" "$size" "$root" "$(raw "${receipt[path]:-}")" ||
		die 'receipt: the path does not lead from the entry to the root'
	printf %s "$entry"
}
