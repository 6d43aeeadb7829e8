#!/usr/bin/env bash
# `ketnap ui` without a browser: its texts, the address it prints, who is let in over a real socket, a month
# typed, signed and sent through it, and how it ends. Attacks are in ui_attacks.sh; a browser walks the pages
# in web/.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"
# shellcheck source=tests/e2e/ui_lib.sh
. "$(dirname "$0")/ui_lib.sh"

# --- texts: none is missing, none is left over, in both languages ------------------------------------
readonly assets=$KETNAP_SOURCE/client/web/assets
jq -r 'keys[]' "$assets/texts.json" | sort >have
grep -ohP "\bt\('\K[a-z0-9-]+(?=')(?!'\s*\+)" "$assets"/*.js | sort -u >asked
is '' "$(comm -13 have asked)" 'texts that pages ask for and that are not there'
grep -ohP "\bt\(\x60?'?\K[a-z]+-(?=('| ?\+|\\$))|'\K[a-z]+-(?=' \+)" "$assets"/*.js | sort -u >begun
# Codes of a record's fields, of which pages make `field-code`: each has its text, and nothing else has one.
codes()
{
	sed -n "/ $2\[[A-Z]*\] = {/{:a;p;/};/q;n;ba}" "$KETNAP_SOURCE/common/domain/src/register.c" | grep -oP '"\K[a-z-]+(?=")' | sed "s/^/$1-/"
}
{
	codes occupation occupations
	codes degree degrees
	codes title titles
	codes marks marks
	printf 'age-%s\n' unknown over-60
} | sort >coded
[ "$(wc -l <coded)" -ge 27 ] || fail "codes: $(cat coded)"
is '' "$(comm -13 have coded)" 'codes without a text'
grep -ohP "'[a-z0-9-]+'" "$assets"/*.js | tr -d "'" | sort -u - coded >said
is '' "$(comm -23 have said | grep -vE "^($(paste -sd'|' begun))" || true)" 'texts that no page asks for'
is '' "$(jq -r 'to_entries[] | select(.key != "role-none") |
	select((.value.vi // "") == "" or (.value.en // "") == "" or (.value | keys) != ["en", "vi"]) | .key' \
	"$assets/texts.json")" 'texts with a gap'
is '' "$(jq -r 'to_entries[] | [.key, ([.value.vi, .value.en] | map([scan("\\{[a-z_]+\\}")] | map(sub("mm"; "m")) | sort))] |
	select(.[1][0] != .[1][1]) | .[0]' "$assets/texts.json")" 'texts whose two languages say different things'
jq -r 'to_entries[] | "msgid \(.value.en | @json)\nmsgstr \(.value.vi | @json)\n"' "$assets/texts.json" |
	awk -f "$KETNAP_SOURCE/scripts/check.d/texts.awk" >words || fail "words: $(cat words)"
sed -n '/names\[SHEET_WORDS\]/,/};/p' "$KETNAP_SOURCE/client/web/src/shared.c" | grep -oP '"\K[a-z]+' >words
[ -s words ] || fail 'no words for sheets'
sed 's/^/word-/' words | sort >wanted
is '' "$(comm -13 have wanted)" 'words for sheets without a text'
sed -n '/^const char \*client_halt_name/,/^}/p' "$KETNAP_SOURCE/client/core/src/client.c" |
	grep -oP '"\K[a-z-]+(?=")' | sed 's/^/halt-/' | sort >wanted
sed -n '/^const char \*feed_trouble_name/,/^}/p' "$KETNAP_SOURCE/client/core/src/client.c" |
	grep -oP '"\K[a-z-]+(?=")' | sed 's/^/trouble-/' | sort >>wanted
[ "$(grep -c . wanted)" -gt 8 ] || fail 'no reasons to stop'
is '' "$(comm -13 have wanted)" 'reasons to stop without a text'
is 'http://www.w3.org/2000/svg' "$(grep -hoP 'https?://[^ "'\'']*|@import|url\(' "$assets"/* | sort -u)" 'addresses outside: only a name'

# --- the program -------------------------------------------------------------------------------------
small_province s
enrol a D.A
c a sync
stop_server

exits 1 "$ketnap" ui --data a --listen 0.0.0.0:8080
has 'this computer' err
exits 1 "$ketnap" ui --data a --listen 127.0.0.1:80x
open_pages a
is 1 "$(grep -cE '^ready http://127\.0\.0\.1:[0-9]+/\?t=[0-9a-f]{64}$' ui.out)" 'the printed address'
is "127.0.0.1:$port" "$(ss -Htlnp | grep "pid=$ui_pid," | awk '{ print $4 }')" 'where it listens, and nowhere else'
exits 75 "$ketnap" status --data a # the pages have the data directory
is 403 "$(get /)" 'without the cookie'
is 403 "$(get '/?t=00')" 'a wrong token'
is 303 "$(get "/${url#http://*/}")" 'the printed address'
has 'SameSite=Strict' reply
has 'HttpOnly' reply
lacks "${url#*t=}" <(grep -i '^location' reply)
cookie=$(sed -n 's/^Set-Cookie: \([^;]*\).*/\1/p' reply)
is 200 "$(get /)" 'with the cookie'
has "default-src 'none'" reply
has '<!doctype html>' body
is 200 "$(post state '{}')" 'a post of the page'
is D.A "$(jq -r .unit body)" 'who sits here'
is 404 "$(post nothing '{}')" 'no such question'

# --- a month, typed through it; sending without a line says so ---------------------------------------
# figure MEASURE TEXT
figure()
{
	is 200 "$(post sheet '{"period":"2022-08"}')" 'the sheet'
	post type "$(jq -c --arg m "$1" --arg x "$2" '{period: "2022-08", measure: $m, text: $x,
		seen: (.sheet.measures[] | select(.code == $m) | .seen)}' body)"
}

is 200 "$(figure members_begin 17)" 'typed'
is 200 "$(figure members_end 17)" 'typed'
is 422 "$(figure members_end 1.20)" 'not a count'
kill -KILL "$ui_pid"
{ wait "$ui_pid" || true; } 2>/dev/null
ui_pid=
is 1 "$(cj a .draft status)" 'what was answered is kept'
open_pages a
let_in
is 200 "$(post sheet '{"period":"2022-08"}')" 'the sheet again'
is 17 "$(jq '.sheet.measures[] | select(.code == "members_end") | .value' body)" 'as it was'
is 200 "$(post submit "$(jq -c '{period: "2022-08", nil: true, seen: .sheet.seen}' body)")" 'signed'

over()
{
	is 200 "$(post state '{}')" 'it answers meanwhile'
	[ "$(jq .line.running body)" != true ]
}

# finish: until the contact is over
finish()
{
	is 200 "$(post sync '{}')" 'asked to send'
	waits_for 'the contact is over' over
}

finish
is 'false 1' "$(jq -r '"\(.line.ok) \(.counts.queued)"' body)" 'no line'
has 'no line to' body
serve s
finish
is 'true 0 1' "$(jq -r '"\(.line.ok) \(.counts.queued) \(.counts.acked)"' body)" 'sent and received'
is 1 "$(json .sheets.nil totals D.A --period 2022-08 --data s)" 'the server counts it'

# --- the end -----------------------------------------------------------------------------------------
kill -TERM "$ui_pid"
rc=0
wait "$ui_pid" || rc=$?
ui_pid=
is 0 "$rc" 'it ends cleanly'
is '' "$(cat ui.err)" 'and says nothing'
is 1 "$(cj a .acked status)" 'the data directory is free again'

# --- a disk that stalls: what takes longer than a peer may be idle is answered all the same ------------------------
KETNAP_FLUSH_MS=1500 LD_PRELOAD=$KETNAP_BUILD/tests/slow_flush.so ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 open_pages a
let_in
start=$SECONDS
is 200 "$(post case_open '{"fields": {"name": "Lò Bịa Hai", "birth": "1999-03-04", "sex": "f"}, "sources": ["student"], "day": "2022-09-01"}')" 'late'
[ $((SECONDS - start)) -gt 10 ] || fail "the disk took only $((SECONDS - start)) s: nothing is tested"
is 200 "$(post cases '{}')" 'the cases'
is 1 "$(jq '.cases | length' body)" 'done once'
kill -TERM "$ui_pid"
wait "$ui_pid" || fail 'it does not end cleanly'
ui_pid=

# --- several people at one computer: a folder with a device each -------------------------------------
mkdir pc
mv a pc/a
enrol b D.A clerk
mv b pc/b
stop_server
open_pages pc
let_in
is 401 "$(post state '{}')" 'nobody sits here'
is 200 "$(post door '{}')" 'who there is'
is '["Người a","Người b"]' "$(jq -c '[.people[].name]' body)" 'both, by name'
is 200 "$(post enter '{"who":1}')" 'the first time without a password'
is 422 "$(post password '{"new":"ngắn"}')" 'a password that is too short'
is 200 "$(post password '{"new":"mật khẩu của b"}')" 'a password'
has argon2id pc/b/sign-in
is 600 "$(stat -c %a pc/b/sign-in)" 'for nobody else'
is 200 "$(post leave '{}')" 'gone for a while'
is 401 "$(post state '{}')" 'locked'
is 403 "$(post enter '{"who":1,"password":"mật khẩu của a"}')" 'another password'
is 200 "$(post enter '{"who":1,"password":"mật khẩu của b"}')" 'back again'
is 200 "$(post state '{}')" 'b'
is 'Người b clerk' "$(jq -r '"\(.person) \(.role)"' body)" 'who sits here'
is 200 "$(post enter '{"who":0}')" 'the other one'
is 200 "$(post state '{}')" 'a'
is 'Người a approver' "$(jq -r '"\(.person) \(.role)"' body)" 'who sits here now'
mv pc/b/VERSION away # that device cannot be opened: a was closed by then
is 404 "$(post enter '{"who":1,"password":"mật khẩu của b"}')" 'not opened'
is 401 "$(post state '{}')" 'nobody sits here'
is 200 "$(get /)" 'the page is there'
is 200 "$(post enter '{"who":0}')" 'who sat here before'
is 200 "$(post home '{}')" 'goes on'
mv away pc/b/VERSION
kill -TERM "$ui_pid"
wait "$ui_pid" || true
ui_pid=
open_pages pc/b # one person alone, with the password of before
let_in
is 401 "$(post state '{}')" 'the address is not enough any more'
is 200 "$(post enter '{"who":0,"password":"mật khẩu của b"}')" 'but the password is'
kill -TERM "$ui_pid"
wait "$ui_pid" || true
ui_pid=
