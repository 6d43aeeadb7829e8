# The pages of a province's operator, over the province that the story has left in run/. build, run, stage(), t()
# and start_server() are those of scripts/run.
# shellcheck shell=bash disable=SC2154
set -euo pipefail

readonly operator_name='Trần Thị Vận Hành'

# Two years before the one that was told, and the target of the whole term, which is behind: once, into the store that the
# story has left. The generator has the same province for the same seed.
add_history()
{
	local file

	[ ! -e "$run/history" ] || return 0
	for file in "$run"/years/figures-202[01]-*.csv; do
		"$ketnapd" import figures "$file" --data "$run/province"
	done
	{
		head -n 1 "$run/years/targets.csv"
		printf '%s\n' 'QNA,2020-2025,admitted,,congress,,2020-10-13,exact,12500,,,,,Đại hội Đảng bộ tỉnh,period,Số liệu minh họa'
	} >"$run/years/term.csv"
	"$ketnapd" import targets "$run/years/term.csv" --data "$run/province"
	: >"$run/history"
}

# The device of the operator, once; what it holds is what the server knows.
make_operator()
{
	local code

	start_server 127.0.0.1:0
	if [ ! -d "$run/clients/operator" ]; then
		code=$("$ketnapd" enroll QNA --role operator --person "$operator_name" --data "$run/province" --json | jq -er .code)
		"$ketnap" enroll "$(address)" "$code" --data "$run/clients/operator"
	fi
	"$ketnap" sync --server "$(address)" --data "$run/clients/operator"
}

# Until Ctrl+C. The address is all that is printed; the server goes on beside it, so that sending works.
open_pages()
{
	ketnapd=$build/stage/bin/ketnapd ketnap=$build/stage/bin/ketnap
	stage "$(t 'Ba năm số liệu, chỉ tiêu của nhiệm kỳ' 'Three years of figures, the target of the term')" add_history
	stage "$(t 'Máy chủ, máy của người vận hành' 'The server, the operator'"'"'s device')" make_operator
	printf '%s\n' "$(t 'Mở địa chỉ sau trong trình duyệt của máy này; Ctrl+C để dừng:' 'Open this address in the browser of this computer; Ctrl+C ends it:')"
	"$ketnap" ui --data "$run/clients/operator" | sed -u -n 's/^ready //p'
}
