# What whole programs are made to do while a call of theirs fails. Sourced by programs.sh. Of each scene NAME:
#   NAME_run    what is done under the fault, in a folder of its own; leaves the exit code in $got
#   NAME_state  says in $now how far it is: under a fault it is as before or as afterwards, or one of between_of
#   NAME_end    what holds once it was done without a fault
# shellcheck shell=bash disable=SC2154,SC2034
set -euo pipefail
readonly scenes=(init import close backup keys rebuild restore recovered bundle promote enter submit export answer ui
	enroll sync follow serve)
readonly calls_served='enroll sync follow' # those beside which a server runs

# p PROGRAM ARGUMENT ...: under the fault of the moment; the shell and its tools are not.
p()
{
	got=0
	timeout -k 2 "$patience" env "${fault[@]}" "$@" >out 2>err <"$input" || got=$?
}

# in_background LINE PROGRAM ARGUMENT ...: until it says a line that begins so, or has ended
in_background()
{
	local line=$1 i

	shift
	: >ready
	# In front it hands a signal on once; else twice, the second when the program is at its end.
	timeout --foreground -k 2 "$patience" env "${fault[@]}" "$@" >ready 2>err </dev/null &
	pid=$!
	pids+=("$pid")
	for ((i = 0; i < 20 * patience; i++)); do
		! grep -q "^$line " ready || return 0
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.05
	done
}

ended()
{
	got=0
	wait "$pid" || got=$?
}

# Files whose content is not the store's: the log and what follows from it.
verified()
{
	local result=0

	"$ketnapd" verify --data "$1" --json >verify.out 2>verify.err </dev/null || result=$?
	[ $result -eq 0 ] || fail "verify of $1: $(cat verify.out verify.err)"
	is true "$(jq .ok verify.out)" "verify of $1"
}

# device DIR FIELD WANTED
device()
{
	local result=0

	"$ketnap" status --json --data "$1" >status.out 2>status.err </dev/null || result=$?
	[ $result -eq 0 ] || fail "status of $1: $(cat status.err)"
	is "$3" "$(jq -r ".$2" status.out)" "$2 of the device $1"
}

# ---- how far it is ----

# log_of DIR: how many entries, all of them verified; a folder that is not there, or empty, has none
log_of()
{
	if [ ! -s "$1/store/data.mdb" ] || [ ! -s "$1/VERSION" ]; then
		now+='no store'
		return
	fi
	# Of a standby's the first commit may be there, and nothing signed yet.
	"$ketnapd" verify --data "$1" >verify.out 2>verify.err </dev/null ||
		! grep -qE 'there is no store here|the store has no signed head' verify.err || { now+='no store' && return; }
	verified "$1"
	now+="$(jq .entries verify.out) entries"
}

# held_by DIR: what a device has typed, has to send and knows to be there
held_by()
{
	[ -n "$(ls -A "$1" 2>/dev/null)" ] || { now+='no device' && return; }
	"$ketnap" status --json --data "$1" >status.out 2>status.err </dev/null ||
		{ grep -q 'holds no enrolled device' status.err && now+='no device' && return; } ||
		fail "status of $1: $(cat status.err)"
	now+=$(jq -r '"\(.draft) drafts, \(.queued) queued, \(.acked) acked"' status.out)
}

# file_is FILE: there or not; what is there is whole, which its last 32 bytes say
file_is()
{
	[ -e "$1" ] || { now+=", no $1" && return; }
	is "$(tail -c 32 "$1" | xxd -p | tr -d '\n')" "$(head -c -32 "$1" | sha256sum | cut -d' ' -f1)" "the end of $1"
	now+=", $1"
}

# keys_are FILE: the same of a copy of the key store
keys_are()
{
	[ -e "$1" ] || { now+=", no $1" && return; }
	cp -r d copied
	"$ketnapd" keys --restore "$1" --data copied >copied.out 2>copied.err </dev/null || fail "$1: $(cat copied.err)"
	rm -rf copied
	now+=", $1"
}

# copy_is FILE: the same of a copy of a store
copy_is()
{
	[ -e "$1" ] || { now+=", no $1" && return; }
	rm -rf copied
	"$ketnapd" rebuild "$1" --data copied >copied.out 2>copied.err </dev/null || fail "$1: $(cat copied.err)"
	rm -rf copied
	now+=", $1"
}

# ---- the scenes ----

init_run() { p "$ketnapd" init --illustrative --tree "$documents/tree.csv" --data new; }
init_state() { log_of new; }
init_end() { verified new; }

import_run() { p "$ketnapd" import figures "$documents/figures.csv" --data figures; }
import_state() { log_of figures; }
import_end() { verified figures; }

close_run() { p "$ketnapd" close monthly 2022-07 --scope NA --data d; }
close_state() { log_of d; }
close_end() { verified d; }

backup_run() { p "$ketnapd" backup copy.mdb --data d; }
backup_state() { log_of d; copy_is copy.mdb; }
backup_end() { verified d && [ -s copy.mdb ]; }

keys_run() { p "$ketnapd" keys --backup copy.keys --data d; }
keys_state() { log_of d; keys_are copy.keys; }
keys_end() { verified d && [ -s copy.keys ]; }

rebuild_run() { input=code && p "$ketnapd" rebuild copy.mdb page --data r && input=/dev/null; }
rebuild_state() { log_of r; }
rebuild_end() { verified r; }

# A copy stands in the place of a newer store.
restore_run() { p "$ketnapd" restore --data b; }
restore_state() { log_of b; }
restore_end()
{
	verified b
	is true "$("$ketnapd" status --data b --json | jq .recovering)" 'a recovery'
}

recovered_run() { p "$ketnapd" restore --end --data b; }
recovered_state() { log_of b; }
recovered_end()
{
	verified b
	is false "$("$ketnapd" status --data b --json | jq .recovering)" 'a recovery'
}

bundle_run() { p "$ketnapd" bundle c.bundle --answer c.answer --data d; }
bundle_state() { log_of d; file_is c.answer; }
bundle_end() { verified d && [ -s c.answer ]; }

promote_run() { input=n.code && p "$ketnapd" promote n.keys --reason 'gone' --data n && input=/dev/null; }
promote_state() { log_of n; }
promote_end()
{
	verified n
	is null "$("$ketnapd" status --data n --json | jq -c .standby)" 'no standby any more'
}

enter_run() { p "$ketnap" enter monthly 2022-09 members_end=21 --data c; }
enter_state() { held_by c; }
enter_end() { device c draft 2; }

submit_run() { p "$ketnap" submit monthly 2022-08 --nil --data c; }
submit_state() { held_by c; }
submit_end() { device c queued 2; }

export_run() { p "$ketnap" export c.bundle --data c; }
export_state() { held_by c; file_is c.bundle; }
export_end() { device c queued 1; [ -s c.bundle ]; }

answer_run() { p "$ketnap" import c.answer --data c; }
answer_state() { held_by c; }
answer_end() { device c queued 0; }

ui_run()
{
	in_background ready "$ketnap" ui --data c
	kill -TERM "$pid" 2>/dev/null || true
	ended
}

ui_state() { held_by c; }
ui_end() { device c queued 1; }

enroll_run() { p "$ketnap" enroll "$listen" "$code" --data n; }
enroll_state() { held_by n; }
enroll_end() { p "$ketnap" sync --data n && device n unit NA; } # the first sync may be what failed

sync_run() { p "$ketnap" sync --data c; }
sync_state() { held_by c; }
sync_end() { device c queued 0; }

# What lasts is over in a second: it is tried again at growing distances.
healed_later()
{
	[ -e "$lasting" ] || return 0
	(sleep 1 && rm -f "$lasting") &
	pids+=($!)
}

# The first time with a code; it goes on by itself after what passes, until it has all that the server has.
follow_run()
{
	local i

	state=''
	healed_later
	in_background following "$ketnapd" follow "$listen" "$code" --data n
	for ((i = 0; i < 10 * patience; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		state=$("$ketnapd" status --data n --json 2>follow.err </dev/null | jq -r .standby.state) || true
		[ "$state" != level ] || break
		sleep 0.1
	done
	[ "$state" = level ] || ! kill -0 "$pid" 2>/dev/null || fail "it does not catch up: $state $(tail -n 3 err follow.err)"
	kill -TERM "$pid" 2>/dev/null || true
	ended
}

# Of as many entries as the server has, who lets one more in each time.
follow_state()
{
	log_of n
	[ "$now" != "$(lsn_of "$work/s") entries" ] || now='all entries'
}

follow_end()
{
	verified n
	"$ketnapd" verify --data "$work/s" --json >of_s.out 2>err </dev/null || fail "verify of the server: $(cat err)"
	is "$(jq -r .root of_s.out)" "$(jq -r .root verify.out)" 'the root of the server and of its standby'
}

# A server, and a device with a month to send: as long as it fails, and afterwards.
serve_run()
{
	local i

	in_background ready "$ketnapd" serve --data d --listen "$listen"
	if grep -q '^ready ' ready; then
		timeout "$patience" "$ketnap" sync --data c >sync.out 2>sync.err </dev/null || true
		rm -f "$lasting"
		for ((i = 0; i < 50; i++)); do
			kill -0 "$pid" 2>/dev/null || break
			! timeout "$patience" "$ketnap" sync --data c >sync.out 2>sync.err </dev/null || break
			sleep 0.1
		done
		[ $i -lt 50 ] || fail "the device is not served: $(cat sync.err)"
		kill -TERM "$pid" 2>/dev/null || true
	fi
	ended
}

serve_state() { log_of d; now+=', '; held_by c; }

# What the device heard to be acked is in the log, once.
serve_end()
{
	verified d
	device c queued 0
	"$ketnapd" log --json --data d >log.json 2>err </dev/null
	is 1 "$(jq '[.[] | select(.kind == "sheet" and .verdict == "accepted")] | length' log.json)" 'sheets in the log'
}

# What failed behind the act itself, in the first contact for instance; the end shows that it is done.
readonly -A done_by_then=([enroll]='holds an enrolled device already' [restore]='a restore is declared already'
	[recovered]='no recovery is going on' [promote]="is not a standby's")

# ---- where they begin ----

base_of()
{
	case $1 in
	init | enroll | follow) ;;
	import) printf 'figures\n' ;;
	close | backup | keys) printf 'small/d\n' ;;
	rebuild) printf '%s\n' copies/copy.mdb copies/page copies/code ;;
	restore) printf 'older/b\n' ;;
	recovered) printf 'declared/b\n' ;;
	bundle) printf '%s\n' stick/d stick/c.bundle ;;
	promote) printf '%s\n' standby/n copies/n.keys copies/n.code ;;
	enter | submit | export | ui | sync) printf 'small/c\n' ;;
	answer) printf '%s\n' stick/c stick/c.answer ;;
	serve) printf '%s\n' small/d small/c ;;
	esac
}

# All of it is made where the scenes are played: a device that finds itself in another folder is a copy, and says so.
prepare()
{
	local what

	mkdir small stick copies older declared standby now
	k init --tree "$documents/tree.csv" --data figures
	for what in members targets; do
		k import "$what" "$documents/$what.csv" --data figures
	done
	cd now
	make_small d
	serve d
	enroll d NA c --role approver
	listen=$address
	month 2022-07 c
	c enter monthly 2022-08 members_end=20 --old --data c
	stop 0
	cp -r c d ../small
	k backup ../copies/copy.mdb --data d
	k server-keys ../copies/page --data d --json
	jq -r .code out >../copies/code
	cp ../copies/page ../copies/n.keys
	cp ../copies/code ../copies/n.code
	c export ../stick/c.bundle --data c
	cp -r c d ../stick
	k bundle ../stick/c.bundle --answer ../stick/c.answer --data d
	cp ../copies/copy.mdb d/store/data.mdb # with the bundle's month it had more
	rm -f d/store/lock.mdb
	cp -r d ../older/b
	k restore --data d
	cp -r d ../declared/b
	empty_folders
	cp -r ../small/d .
	serve d
	code_for VN --role standby
	follow_run
	is 0 "$got" 'exit code of a standby'
	is level "$state" 'a standby'
	stop 0
	cp -r n ../standby
}

# Without what is in them: a device's stay what they are, by which it knows that it is no copy.
empty_folders()
{
	find . -mindepth 1 -maxdepth 1 ! -name c ! -name d -exec rm -rf {} +
	find . -type f -delete
}

# code_for UNIT [OPTION ...]: of the server beside, or of `d`, in $code
code_for()
{
	local dir=$work/s

	[ -d "$dir" ] || dir=d
	"$ketnapd" enroll "$@" --data "$dir" --json >card 2>err </dev/null || fail "no code: $(cat err)"
	code=$(jq -r .code card)
}

# The folder as a scene begins.
fresh()
{
	local what

	cd "$work/now"
	rm -f "$hit" "$lasting"
	empty_folders
	for what in $(base_of "$1"); do
		cp -r "$work/$what" .
	done
	case $1 in
	enroll) code_for NA ;;
	follow) code_for VN --role standby ;;
	esac
}

# server_for SCENE: a server beside the scenes that want one, on the port that the device knows.
server_for()
{
	local wants=no

	cd "$work"
	[[ " $calls_served " != *" $1 "* ]] || wants=yes
	if [ $wants = yes ] && [ -z "$beside" ]; then
		[ -d s ] || cp -r small/d s
		serve s
		beside=$server
	elif [ $wants = no ] && [ -n "$beside" ]; then
		server=$beside beside=''
		stop 0
	fi
}

# in_between SCENE STATE: what is done in more than one commit is between two of them
in_between()
{
	case $1,$2 in
	follow,*' entries') ;;
	bundle,*' entries, no c.answer') ;; # the same bundle again gets the answer
	serve,*' acked') ;;                 # its start is an entry, what the device sent, what it heard of it
	*) return 1 ;;
	esac
}
