# The pages without a browser, for the tests of `ketnap ui`. Sourced after client_lib.sh.
# shellcheck shell=bash disable=SC2034,SC2154
ui_pid='' url='' port='' cookie=''

leave_ui()
{
	local result=${1:-$?}

	[ -z "$ui_pid" ] || kill "$ui_pid" 2>/dev/null || true
	leave_client "$result"
}
trap leave_ui EXIT

# open_pages [DIR]: of that device; sets url and port, and forgets the cookie
open_pages()
{
	: >ui.out
	"$ketnap" ui --data "${1:-a}" >ui.out 2>ui.err &
	ui_pid=$!
	waits_to_hear "$ui_pid" '^ready ' ui.out ui.err
	url=$(sed -n 's/^ready //p' ui.out)
	port=${url#http://127.0.0.1:}
	port=${port%%/*}
	cookie=
}

# raw: what stdin says to the socket, and what comes back until it ends or a minute is over
raw()
{
	exec 9<>"/dev/tcp/127.0.0.1/$port"
	cat >&9
	timeout 60 cat <&9 >reply || true
	exec 9<&- 9>&-
}

# get TARGET [HEADER ...]; post PATH JSON [HEADER ...]: the status; the body in body
get()
{
	local target=$1

	shift
	{
		printf 'GET %s HTTP/1.1\r\nConnection: close\r\n' "$target"
		printf '%s\r\n' "${@:-Host: 127.0.0.1:$port}"
		printf 'Cookie: %s\r\n\r\n' "$cookie"
	} | raw
	sed '1,/^\r$/d' reply >body
	sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' reply
}

post()
{
	local path=$1 json=$2

	shift 2
	{
		printf 'POST /api/%s HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n' "$path"
		printf 'Host: 127.0.0.1:%s\r\nKetnap-Lang: en\r\nContent-Length: %d\r\n' "$port" "$(printf %s "$json" | wc -c)"
		printf '%s\r\n' "${@:-Origin: http://127.0.0.1:$port}"
		printf 'Cookie: %s\r\n\r\n%s' "$cookie" "$json"
	} | raw
	sed '1,/^\r$/d' reply >body
	sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' reply
}

# let_in: exchange the printed address for the cookie
let_in()
{
	is 303 "$(get "/${url#http://*/}")" 'the printed address'
	cookie=$(sed -n 's/^Set-Cookie: \([^;]*\).*/\1/p' reply)
}
