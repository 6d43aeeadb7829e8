# Ops and what the device knows of its unit: sections 5, 7 and 8.
# shellcheck shell=bash disable=SC2154

# day_of DATE: days since 1970-01-01
day_of()
{
	printf '%d' $(($(date -u -d "$1" +%s) / 86400))
}

# form_of CODE: the newest version. Sets form_no, form_version and measures: lines "no kind need code".
form_of()
{
	local file version

	form_version=0
	for file in "$state"/form.*; do
		grep -qx "code = $1" "$file" || continue
		version=$(form_value version "$file")
		[ "$version" -gt "$form_version" ] || continue
		form_version=$version form_no=$(form_value no "$file")
		measures=$(awk '
			/^\[/ { code = $1 == "[measure" ? substr($2, 1, length($2) - 1) : "" }
			$1 == "no" { no = $3 }
			$1 == "kind" { kind = $3 }
			$1 == "need" && code != "" { print no, kind, $3, code }' "$file")
	done
	[ "$form_version" -gt 0 ] || die "no form $1 has come"
}

# form_value KEY FILE: of the section [form]
form_value()
{
	awk -v key="$1" '/^\[/ { form = $0 == "[form]" } form && $1 == key { print $3 }' "$2"
}

# month PERIOD MEASURE=VALUE ...: a nil month, signed by the device's person: every flow that the form
# requires is nil, stocks as given. The op is kept before anything is sent.
month()
{
	local from to form_no form_version measures given no kind need code values='' wanted='' value body

	from=$(day_of "$1-01") to=$(($(day_of "$(date -u -d "$1-01 +1 month" +%F)") - 1))
	shift
	form_of monthly
	while read -r no kind need code; do
		[ "$need" = required ] || continue
		value=0
		for given in "$@"; do
			[ "${given%%=*}" != "$code" ] || value=${given#*=}
		done
		[ "$kind" = flow ] || [ "$value" -gt 0 ] || die "$code is missing"
		wanted+="${wanted:+, }$no" values+="${values:+, }$value"
	done <<<"$measures"
	body=$(pack op.Body "kind: 1 unit: $(kept unit) author: $(kept person) device_time_ms: $(date +%s%3N)
		sheet { form: $form_no form_version: $form_version from_day: $from to_day: $to
			plain_measures: [$wanted] plain_values: [$values]
			sign { how: 1 nil: true signer: $(quoted "$(kept signer)") } }")
	make_op "$body"
}

# make_op BODY
make_op()
{
	local seq hash base name files=()

	seq=$(($(kept seq) + 1))
	hash=$(sha256 "$1")
	base="base_incarnation: $(quoted "$(kept incarnation)")"
	[ ! -e "$state/cursor" ] || base+=" base_lsn: $(kept cursor)"
	keep body.$seq "$1"
	keep envelope.$seq "$(pack op.Envelope "epoch: $(kept epoch) seq: $seq $base body_hash: $(quoted "$hash")")"
	keep chain.$seq "$(sha256 "$(kept chain.$((seq - 1)))$(u64 $seq)$hash")"
	for name in body envelope chain; do
		files+=("$state/$name.$seq")
	done
	sync "${files[@]}"
	keep seq $seq
	sync "$state/seq"
	printf 'made seq=%d\n' $seq
}

# submit FIRST LAST: the message
submit()
{
	local text seq

	text="epoch: $(kept epoch) first_seq: $1 chain: $(quoted "$(kept chain.$(($1 - 1)))")"
	for ((seq = $1; seq <= $2; seq++)); do
		text+=" items { envelope: $(quoted "$(kept envelope.$seq)") body: $(quoted "$(kept body.$seq)") }"
	done
	pack wire.Submit "$text"
}

# ---- the feed ----

# apply ENTRY: checks that nothing was left out (unit 0, own unit, own ops) and learns what is needed.
apply()
{
	local -A entry body
	local lsn unit device

	unpack entry op.Entry "$1"
	lsn=${entry[lsn]} unit=${entry[unit]:-0} device=${entry[device]:-0}
	[ "$lsn" -gt "$(kept last 0)" ] || die "entry $lsn is out of order"
	if [ "$unit" = 0 ] || [ "$unit" = "$(kept unit)" ]; then
		[ "${entry[prev_unit]:-0}" = "$(kept "last.$unit" 0)" ] ||
			die "entry $lsn: an entry of unit $unit was left out"
		keep "last.$unit" "$lsn"
	fi
	if [ "$device" = "$(kept device)" ]; then
		[ "${entry[prev_device]:-0}" = "$(kept last.own 0)" ] ||
			die "entry $lsn: an own entry was left out"
		keep last.own "$lsn"
	fi
	keep last "$lsn"
	keep "entry.$lsn" "$1"
	[ "${entry[verdict]:-0}" = 1 ] && [ -n "${entry[body]:-}" ] || return 0
	unpack body op.Body "$(raw "${entry[body]}")"
	case ${body[kind]} in
	35) from_hex "$(raw "${body[form.text]}")" >"$state/form.$lsn" ;;
	48) [ "${body[person.person]}" != "$(kept person)" ] || keep signer "$(raw "${body[person.name]}")" ;;
	esac
}
