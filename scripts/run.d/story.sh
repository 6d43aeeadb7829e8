# The main job and its story, for scripts/run, which sets root, build, run, lang and stage(). Every figure
# that is printed here comes out of a program's --json; the sentences only hold them.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

# t VIETNAMESE ENGLISH
t()
{
	if [ "$lang" = en ]; then
		printf '%s' "$2"
	else
		printf '%s' "$1"
	fi
}

# tell VIETNAMESE ENGLISH ARGUMENT ...: one line of the story; both take the same arguments.
tell()
{
	local words

	words=$(t "$1" "$2")
	shift 2
	# shellcheck disable=SC2059
	printf "$words\n" "$@"
}

# 1336 -> 1.336 or 1,336
num()
{
	local left=$1 out='' mark=.

	[ "$lang" = vi ] || mark=,
	while [ ${#left} -gt 3 ]; do
		out=$mark${left: -3}$out
		left=${left:0:${#left}-3}
	done
	printf '%s' "$left$out"
}

# 81.46 -> 81,46% or 81.46%
pct()
{
	if [ "$lang" = vi ]; then
		printf '%s%%' "${1/./,}"
	else
		printf '%s%%' "$1"
	fi
}

# 2022-09-22, with or without the time behind it -> 22/09/2022
day()
{
	if [ "$lang" = vi ]; then
		printf '%s/%s/%s' "${1:8:2}" "${1:5:2}" "${1:0:4}"
	else
		printf '%s' "${1:0:10}"
	fi
}

# An instrument with its number, in words.
instrument()
{
	case $1 in
	congress) t 'Nghị quyết đại hội' 'congress resolution' ;;
	resolution) t 'Nghị quyết' 'resolution' ;;
	decision) t 'Quyết định' 'decision' ;;
	*) printf '%s' "$1" ;;
	esac
	[ -z "$2" ] || printf ' %s' "$2"
}

# keep NAME ARGUMENT ...: what the program says, as run/json/NAME.json
keep()
{
	local name=$1

	shift
	"$ketnapd" "$@" --json >"$run/json/$name.json" || die "ketnapd $1: exit $?"
}

# j NAME FILTER [jq option ...]
j()
{
	local file=$run/json/$1.json filter=$2

	shift 2
	jq -r "$@" "$filter" "$file"
}

claim()
{
	j claims ".[] | select(.id == \$id) | $2" --arg id "$1"
}

verdict()
{
	case $(claim "$1" .verdict) in
	agrees) t 'khớp' 'agrees' ;;
	agrees-half-up) t 'khớp (làm tròn)' 'agrees (rounded)' ;;
	agrees-truncated) t 'khớp (cắt bớt số lẻ)' 'agrees (cut off)' ;;
	contradicts) t 'chưa khớp, cần đối chiếu' 'does not agree yet, to be checked' ;;
	*) t 'chưa đủ số liệu' 'not enough known' ;;
	esac
}

# --- the five documents --------------------------------------------------------------------------

make_documents()
{
	local what

	keep init init --tree "$root/scripts/demo/documents/tree.csv" --data "$run/documents"
	for what in members targets figures claims; do
		keep "documents-$what" import "$what" "$root/scripts/demo/documents/$what.csv" \
			--data "$run/documents"
	done
	keep claims claims --data "$run/documents"
	keep qna totals QNA --from 2022-01-01 --to 2022-09-22 --data "$run/documents"
	keep documents-verify verify --data "$run/documents"
}

count_verdicts()
{
	j claims "[.[] | select(.verdict | test(\"^$1\"))] | length"
}

# "2110 is the smallest that meets the rate on 70314; the target is 2 more"
tell_projection()
{
	local id=$1 year=$2 smallest base more

	read -r smallest base more < <(claim "$id" \
		'.explained_by[0] // "" | [scan("[0-9]+")] | "\(.[0] // 0) \(.[1] // 0) \(.[-1] // 0)"')
	tell '  Hưng Yên %s: chỉ tiêu %s, từ %s của %s đảng viên là ít nhất %s người (hơn %s): %s' \
		'  Hưng Yên %s: target %s; from %s of %s members on it takes at least %s (%s more): %s' \
		"$year" "$(num "$(claim "$id" .printed.value)")" \
		"$(pct "$(claim "$id" .printed.percent)")" "$(num "$base")" \
		"$(num "$smallest")" "$(num "$more")" "$(verdict "$id")"
}

# "4500: congress, lower bound"
explained()
{
	local text

	text=$(claim "$1" '.explained_by[0] // "-"')
	case $text in
	*': congress, lower bound')
		t "$(num "${text%%:*}"), mức thấp của chỉ tiêu đại hội" \
			"$(num "${text%%:*}"), the lower bound of the congress target"
		;;
	*) printf '%s' "$text" ;;
	esac
}

tell_nghe_an()
{
	tell '  Nghệ An 2020: in %s, tính được %s: %s' '  Nghệ An 2020: printed %s, computed %s: %s' \
		"$(pct "$(claim S0-09 .printed.percent)")" "$(pct "$(claim S0-09 .computed.percent)")" \
		"$(verdict S0-09)"
	tell '  Nghệ An 2021: in %s, tính được %s: %s; giải thích được bằng %s' \
		'  Nghệ An 2021: printed %s, computed %s: %s; explained by %s' \
		"$(pct "$(claim S0-11 .printed.percent)")" "$(pct "$(claim S0-11 .computed.percent)")" \
		"$(verdict S0-11)" "$(explained S0-11)"
}

tell_quang_nam()
{
	local line=0 admitted

	admitted=$(j qna '.measures.admitted')
	while [ $line -lt "$(j qna '.targets | length')" ]; do
		tell '  Quảng Nam đến %s: %s / %s (%s) = %s' '  Quảng Nam to %s: %s / %s (%s) = %s' \
			"$(day "$(j qna .to)")" "$(num "$admitted")" \
			"$(num "$(j qna ".targets[$line].value")")" \
			"$(instrument "$(j qna ".targets[$line].instrument")" \
				"$(j qna ".targets[$line].doc_no")")" \
			"$(pct "$(j qna ".targets[$line].attained_percent")")"
		line=$((line + 1))
	done
	tell '    hai tỷ lệ đã in: %s %s, %s %s' '    the two printed percentages: %s %s, %s %s' \
		"$(pct "$(claim S4-08 .printed.percent)")" "$(verdict S4-08)" \
		"$(pct "$(claim S4-09 .printed.percent)")" "$(verdict S4-09)"
}

tell_documents()
{
	tell 'Năm văn bản đã công bố: %s đơn vị, %s chỉ tiêu, %s số liệu, %s số được đối chiếu' \
		'Five published documents: %s units, %s targets, %s figures, %s printed numbers checked' \
		"$(j init .rows)" "$(j documents-targets .rows)" "$(j documents-figures .rows)" \
		"$(j claims length)"
	tell '  %s khớp, %s chưa khớp, %s chưa đủ số liệu' '  %s agree, %s do not yet, %s lack something' \
		"$(count_verdicts agrees)" "$(count_verdicts contradicts)" "$(count_verdicts unknown)"
	tell '  Phan Rang - Tháp Chàm 2020-2022: in %s, cộng các năm được %s: %s' \
		'  Phan Rang - Tháp Chàm 2020-2022: printed %s, the years add up to %s: %s' \
		"$(num "$(claim S1-03 .printed.value)")" "$(num "$(claim S1-03 .computed.value)")" \
		"$(verdict S1-03)"
	tell_nghe_an
	tell_projection S2-06 2023
	tell_projection S2-07 2024
	tell_projection S2-08 2025
	tell '  Thái Nguyên, Khối các cơ quan tỉnh: in %s, tính được %s: %s; %s cách giải thích' \
		'  Thái Nguyên, bloc of agencies: printed %s, computed %s: %s; %s explanations' \
		"$(pct "$(claim S3-09 .printed.percent)")" "$(pct "$(claim S3-09 .computed.percent)")" \
		"$(verdict S3-09)" "$(claim S3-09 '.explained_by | length')"
	tell_quang_nam
	tell_verify documents-verify
}

tell_verify()
{
	tell '  Kiểm tra: lập lại %s mục, so sánh %s dòng, mã gốc %s' \
		'  Verified: %s entries replayed, %s rows compared, root %s' \
		"$(num "$(j "$1" .entries)")" "$(num "$(j "$1" .rows)")" "$(j "$1" '.root[0:16]')"
}

# A path as one would type it here.
short()
{
	local path

	path=$(realpath --relative-to="$PWD" -- "$1")
	case $path in
	../*) printf '%s' "$1" ;;
	*) printf '%s' "$path" ;;
	esac
}

tell_end()
{
	local server client province

	server=$(short "$ketnapd") client=$(short "$ketnap") province=$(short "$run/province")
	tell 'Để lại trong %s; thử:' 'Left in %s; try:' "$(short "$run")"
	printf '  %s\n' \
		"$server table QNA --period 2022-01-01..2022-09-22 --order attainment --data $province" \
		"$server totals QNA.TK --from 2022-01-01 --to 2022-09-22 --known-at 2022-09-22 --data $province" \
		"$server claims --data $(short "$run/documents")" \
		"$client progress --data $(short "$run/clients/$(head -n 1 "$run/clients.txt")")" \
		"$server verify --data $province"
}

story()
{
	ketnapd=$build/stage/bin/ketnapd ketnap=$build/stage/bin/ketnap
	mkdir -p "$run/json"
	stage "$(t 'Năm văn bản' 'Five documents')" make_documents
	run_province
	tell_documents
	tell_province
	tell_end
}
