# A server and its devices, for the tests of the client. Sourced after lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154
readonly ketnap=$KETNAP_BUILD/stage/bin/ketnap
server_pid=
address=
serve_options=()

stop_server()
{
	[ -n "$server_pid" ] || return 0
	kill "$server_pid" 2>/dev/null || true
	wait "$server_pid" 2>/dev/null || true
	server_pid=
}

leave_client()
{
	local result=${1:-$?}

	stop_server
	leave "$result"
}
trap leave_client EXIT

# serve DATA [LISTEN]: runs until stop_server, with $serve_options; sets address. A second time the same address is
# taken.
serve()
{
	: >"$1.ready"
	"$ketnapd" serve --data "$1" --listen "${2:-${address:-127.0.0.1:0}}" >"$1.ready" \
		"${serve_options[@]}" 2>"$1.log" &
	server_pid=$!
	waits_to_hear "$server_pid" '^ready ' "$1.ready" "$1.log"
	address=$(awk '/^ready /{ print $2 }' "$1.ready")
}

# code_of UNIT [OPTION ...]: a new code of the server in $data
code_of()
{
	"$ketnapd" enroll "$@" --data "$data" --json >code.json 2>err || fail "no code for $1"
	jq -er .code code.json
}

# c DIR COMMAND ...: ketnap, which must succeed.
c()
{
	local dir=$1

	shift
	exits 0 "$ketnap" "$@" --data "$dir"
}

# cj DIR FILTER COMMAND ...: what jq finds in the command's --json
cj()
{
	local dir=$1 filter=$2

	shift 2
	c "$dir" "$@" --json
	jq -r "$filter" out
}

# small_province DIR [NAME ...]: a province of four units with a request-free month, on 22/9/2022, in $data; the
# server runs. Each name is of one more unit under D: D.X, D.Y.
small_province()
{
	local more=X name

	data=$1
	cat >tree.csv <<-'CSV'
	code,parent,kind,name,reports,opened,closed,act
	P,,province,Tỉnh P,no,2020-01-01,,
	D,P,direct,Huyện Một,no,2020-01-01,,
	D.A,D,base_committee,Đảng bộ xã An,yes,2020-01-01,,
	D.B,D,base_cell,Chi bộ Bình,yes,2020-01-01,,
	CSV
	for name in "${@:2}"; do
		printf 'D.%s,D,base_cell,%s,yes,2020-01-01,,\n' "$more" "$name" >>tree.csv
		more=Y
	done
	cat >targets.csv <<-'CSV'
	unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
	D.A,2022,admitted,,resolution,12-NQ,2022-01-05,exact,12,,,,
	CSV
	k init --illustrative --tree tree.csv --data "$data" --card "$data.card"
	k clock 2022-09-22 --data "$data"
	k import targets targets.csv --data "$data"
	serve "$data"
}

# enrol DIR UNIT [ROLE]
enrol()
{
	local code

	code=$(code_of "$2" --role "${3:-approver}" --person "Người $1")
	c "$1" enroll "$address" "$code"
}

# signed DIR PERIOD ADMITTED BEGIN [OPTION ...]: a month entered and signed there, of BEGIN members before it.
signed()
{
	c "$1" enter monthly "$2" "members_begin=$4" "admitted=$3" src_rural="$3" "members_end=$(($4 + $3))" --old
	c "$1" submit monthly "$2" --signer 'Lê Thị Ký' --blanks-nil --old "${@:5}"
}

# delivered DIR PERIOD ADMITTED BEGIN: the same, and told to the server.
delivered()
{
	signed "$@"
	c "$1" sync
}

# put_back COPY: in the place of the store of $data, by which nothing runs; the folder is that of another computer, which knows
# nothing of what was.
put_back()
{
	cp "$1" "$data/store/data.mdb"
	rm -f "$data/store/lock.mdb" "$data/course"
}

# restore_from COPY: the server of $data goes on from it, and its operator says so.
restore_from()
{
	stop_server
	put_back "$1"
	serve "$data"
	k restore --data "$data" --cause 'a disk died'
}

# key_rows PERSON FILE: 1 when the file has that number in its bytes, 0 when it has not; words when there is no such file. Not by
# grep alone, which reads lines: one number in sixteen has the byte of a line's end in it.
key_rows()
{
	[ -s "$2" ] || { printf 'no file %s' "$2" && return; }
	xxd -p "$2" | tr -d '\n' | grep -c -- "$1" || true
}
