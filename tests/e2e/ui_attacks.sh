#!/usr/bin/env bash
# What other sites, other people of the same computer and hostile names may try against `ketnap ui`: foreign
# names and origins, no token, scripts in a unit's name and in imported CSV, oversized and slow requests,
# paths. In a browser web/ does the same where only a browser can tell.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/ui_lib.sh
. "$(dirname "$0")/ui_lib.sh"
slow_pid=''

readonly script='<script>alert(1)</script>' image='"><img src=x onerror=alert(2)>'
small_province s
stop_server
rm -rf s
# As scripts would come in: by the tree's names and contacts, by a target, by figures and where they are from.
cat >tree.csv <<CSV
code,parent,kind,name,reports,opened,closed,act,order,type,tags,contact,phone
P,,province,Tỉnh P,no,2020-01-01,,,,,,,
D,P,direct,Huyện Một,no,2020-01-01,,,,,,,
D.A,D,base_committee,Đảng bộ $script,yes,2020-01-01,,,,,,"""><img src=x onerror=alert(2)>",$script
D.B,D,base_cell,=cmd|' /C calc'!A0,yes,2020-01-01,,,,,,,
CSV
cat >figures.csv <<CSV
unit,form,from,to,measure,value,approx,source,status
D.A,monthly,2022-06-01,2022-06-30,admitted,2,,$script,
D.A,monthly,2022-06-01,2022-06-30,members_end,20,,$script,
CSV
cat >targets.csv <<CSV
unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,base_date,base_value
D.A,2022,admitted,,resolution,12$script,2022-01-05,exact,12,,,,
CSV
k init --illustrative --tree tree.csv --data s
k clock 2022-09-22 --data s
k import targets targets.csv --data s
k import figures figures.csv --data s
serve s
enrol a D.A
c a sync
enrol d D
c d sync
stop_server
open_pages d

# --- names and origins -------------------------------------------------------------------------------
is 403 "$(get /)" 'no token'
is 403 "$(post state '{}')" 'a question without the cookie'
is 403 "$(get "/?t=$(printf '%064d' 0)")" 'a wrong token'
is 403 "$(get "/?t=${url#*t=}0")" 'more than the token'
let_in
for name in evil.example "evil.example:$port" "localhost:$port" "127.0.0.1" "127.0.0.1:$port.evil.example" "127.0.0.1:1"; do
	is 403 "$(get / "Host: $name")" "the name $name for this address"
done
is 403 "$(get / "Host: 127.0.0.1:$port" 'Origin: http://evil.example')" 'another origin'
is 403 "$(get / "Host: 127.0.0.1:$port" 'Sec-Fetch-Site: cross-site')" 'asked by another site'
is 403 "$(post state '{}' 'Origin: http://evil.example')" 'a post of another site'
is 403 "$(post state '{}' 'Origin: null')" 'a post of a page without an origin'
is 403 "$(post state '{}' 'X-None: 1')" 'a post of no site'
is 403 "$(post state '{}' "Origin: http://localhost:$port")" 'a post of the same computer by another name'
lacks 'Access-Control-' reply

# --- paths and methods -------------------------------------------------------------------------------
for path in /../texts.json /%2e%2e/%2e%2e/etc/passwd //etc/passwd /./main.js /main.js/ '/main.js?x' /main.js%00 '/\..\main.js' \
	http://evil.example/ /api/state; do
	is 404 "$(get "$path")" "the path $path"
	lacks root: body
done
refused()
{
	sed -n '1s/^HTTP\/1\.1 \([0-9]*\) .*/\1/p' reply
}
for method in DELETE PUT OPTIONS TRACE HEAD; do
	printf '%s / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\nCookie: %s\r\n\r\n' "$method" "$port" "$cookie" | raw
	is 501 "$(refused)" "the method $method"
done

# --- too large ---------------------------------------------------------------------------------------
is 413 "$(post state "{\"x\":\"$(head -c 1200000 /dev/zero | tr '\0' x)\"}")" 'a body that is too large'
is 400 "$(get "/$(head -c 40000 /dev/zero | tr '\0' x)")" 'headers that are too large'
printf 'POST /api/state HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Length: 99999999999\r\n\r\n{' "$port" | raw
is 413 "$(refused)" 'a length that is too large'
is 400 "$(post state "$(head -c 9000 /dev/zero | tr '\0' '[')")" 'brackets without an end'
is 200 "$(post state '{}')" 'and it still answers'

# --- scripts in names --------------------------------------------------------------------------------
readonly assets=$KETNAP_SOURCE/client/web/assets
[ -s "$assets/main.js" ] || fail "no pages in $assets"
is '' "$(grep -nE 'innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|[^a-zA-Z]eval\(|new Function|javascript:' \
	"$assets"/*.js || true)" 'no page makes HTML of a text'
is '' "$(grep -niP ' on[a-z]+=|<script(?! type="module" src=)|style=' "$assets/index.html" || true)" 'nothing inline'
get / >/dev/null
policy=$(tr -d '\r' <reply | sed -n 's/^Content-Security-Policy: //p')
for part in "default-src 'none'" "script-src 'self'" "base-uri 'none'" "form-action 'none'" "frame-ancestors 'none'" \
	"require-trusted-types-for 'script'"; do
	has "$part" <(printf '%s' "$policy")
done
lacks unsafe <(printf '%s' "$policy")
# told ANSWER: it holds the script as a text of JSON, which no browser takes for a page
told()
{
	has "$1" body
	is 'Content-Type: application/json' "$(tr -d '\r' <reply | grep -i '^content-type')" 'the type of an answer'
	has 'X-Content-Type-Options: nosniff' reply
	jq -e . body >/dev/null || fail 'an answer that is no JSON'
}
is 200 "$(post map '{}')" 'units by months'
told "$script"
has "$(jq -Rr @json <<<"$image" | sed 's/^"//; s/"$//')" body
is 404 "$(post sheet "$(jq -nc --arg u "$script" '{period: "2022-06", unit: $u}')")" 'a unit that is not there'
told "$script"
is 404 "$(get "/$script")" 'a page that is not there'
lacks "$script" body
kill -TERM "$ui_pid"
wait "$ui_pid" || true
ui_pid=
open_pages a
let_in
is 200 "$(post home '{}')" 'the first page'
told "12$script"

# --- slow --------------------------------------------------------------------------------------------
# A byte a second for ever: its request is never whole, and its time runs from the first byte.
(
	exec 8<>"/dev/tcp/127.0.0.1/$port"
	printf 'GET / HTTP/1.1\r\nX: ' >&8
	for _ in $(seq 60); do
		sleep 1
		printf x >&8 || exit 0
		if IFS= read -r -t 0.01 -u 8 _; then exit 0; elif [ $? -le 128 ]; then exit 0; fi
	done
	exit 1
) 2>/dev/null &
slow_pid=$!
is 200 "$(post state '{}')" 'an answer beside one that is slow'
wait "$slow_pid" || fail 'a request that is never whole goes on for a minute'
# Hundreds that never ask: the newest is served, the oldest make room.
# shellcheck disable=SC2034 # held open until the end
for _ in $(seq 300); do
	exec {held}<>"/dev/tcp/127.0.0.1/$port"
done
before=$EPOCHREALTIME
is 200 "$(post state '{}')" 'an answer beside three hundred that say nothing'
is 1 "$(awk "BEGIN { print ($EPOCHREALTIME - $before < 2) }")" 'and it does not wait'
[ "$(find "/proc/$ui_pid/fd" | wc -l)" -lt 160 ] || fail "it holds $(find "/proc/$ui_pid/fd" | wc -l) descriptors"
is 200 "$(post state '{}')" 'afterwards'
