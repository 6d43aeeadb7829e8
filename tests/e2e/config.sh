#!/usr/bin/env bash
# --check-config of both programs: what holds, as a file that says the same, and everything that is wrong.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

readonly ketnap=$KETNAP_BUILD/stage/bin/ketnap
printf 'code,parent,kind,name,reports,opened,closed\nP,,province,Tỉnh,no,2020-01-01,\n' >tree.csv
k init --tree tree.csv --data d

# --- what holds ------------------------------------------------------------------------------------------

printf '# a comment\n[ketnapd]\ndata = d\nlisten = 127.0.0.1:7500\nthreads = 4\nlang = en\n' >good.ini
exits 0 "$ketnapd" --check-config --config good.ini
is '' "$(cat err)" 'nothing is wrong'
is "$(printf '%s\n' 'connections = 10000' 'data = d' 'jitter = 600' 'lang = en' 'listen = 127.0.0.1:7500' 'per-host = 512' 'threads = 4')" \
	"$(sort out)" 'the options that hold'
# What it prints is a file that says the same; a flag beside the file wins.
cp out again.ini
exits 0 "$ketnapd" --check-config --config again.ini
is '' "$(diff again.ini out)" 'the printed file says the same'
exits 0 "$ketnapd" --check-config --config good.ini --threads 2 --json
is 'true good.ini 2 127.0.0.1:7500 []' \
	"$(jq -r '"\(.ok) \(.file) \(.options.threads) \(.options.listen) \(.problems)"' out)" 'as JSON'
is 'file illustrative ok options problems' "$(jq -r 'keys | join(" ")' out)" 'keys'

# --- what is wrong -----------------------------------------------------------------------------------------

# bad TEXT LINE ...: with these lines in the file it says so, and ends with 2.
bad()
{
	local text=$1

	shift
	printf '%s\n' '[ketnapd]' "$@" >bad.ini
	exits 2 "$ketnapd" --check-config --config bad.ini
	has "$text" err
	is false "$("$ketnapd" --check-config --config bad.ini --json 2>err.json | jq .ok)" "$text"
}
bad "bad.ini, line 2: unknown option 'colour'" 'colour = red'
bad 'is for the command line only' 'unit = QNA'
bad "'threads'" 'threads = many'
bad "'threads'" 'threads = 99'
bad "option 'listen'" 'listen = nowhere'
bad "option 'log-level'" 'log-level = loud'
bad "option 'address': HOST:PORT, not ketnap.example" 'address = ketnap.example'
bad "option 'data': there is no store in e" 'data = e'
bad "option 'share': there is no folder e" 'share = e'
bad 'xx' 'lang = xx'
printf 'log-level = loud\nlisten = nowhere\n' >bad.ini
exits 2 "$ketnapd" --check-config --config bad.ini
is 2 "$(wc -l <err)" 'a line for each that is wrong'
exits 2 "$ketnapd" --check-config --config missing.ini
has 'missing.ini' err

# --- the client ----------------------------------------------------------------------------------------------

printf 'lang = vi\ndata = mine\n' >client.ini
exits 0 "$ketnap" --check-config --config client.ini
is "$(printf 'data = mine\nlang = vi')" "$(cat out)" 'the client'"'"'s options'
printf 'listen = :1\n' >client.ini
exits 2 "$ketnap" --check-config --config client.ini
has "option 'listen' is for the command line only" err
[ ! -e mine ] || fail 'a check made something'
