#!/usr/bin/env bash
# Was everything true that the clients were told? Compares what each wrote down with the log of the server,
# by nothing but their JSON. A sheet is known by its reason, which nobody used twice.
# usage: check_acks.sh LOG.json NOTES_FOLDER FINAL_FOLDER [restored]
# restored: an older copy of the store was put back since, so that entries may stand elsewhere in the log.
# Prints each difference, and exits 1 when there is one.
set -euo pipefail
readonly log=$1 notes=$2 final=$3 restored=${4:-}

# shellcheck disable=SC2016
jq -rn --arg restored "$restored" --slurpfile log "$log" --slurpfile notes <(cat "$notes"/*.jsonl) --slurpfile final <(cat "$final"/*.json) '
	($log[0] | map(select(.reason | startswith("storm ")))) as $entries
	| ($notes | map(select(.made))) as $made
	| ($notes | map(select(.told))) as $told
	| ($entries | group_by(.reason) | map({key: .[0].reason, value: .}) | from_entries) as $by_reason
	| ($made | map({key: .made, value: .reason}) | from_entries) as $reason_of
	| ($made | map({key: .reason, value: true}) | from_entries) as $is_made
	| ($told | group_by(.told) | map({key: .[0].told, value: .}) | from_entries) as $told_of
	| ($notes | map(select(.killed) | {key: .killed, value: true}) | from_entries) as $killed
	| def device: split("-")[0];
	[
		# Each verdict that was told: one entry, of this device, with this verdict and lsn.
		($told[] | . as $t | $reason_of[.told] as $reason
			| if $reason == null then "\(.told) was told a verdict and never made"
			  else ($by_reason[$reason] // []) as $found
			  | if ($found | length) != 1 then "\(.told): acked, and \($found | length) times in the log"
			    elif $found[0].lsn != .lsn and $restored == "" then "\(.told): told entry \(.lsn), it is \($found[0].lsn)"
			    elif $found[0].verdict != .verdict or $found[0].code != .code
			    then "\(.told): told \(.verdict) \(.code), the log says \($found[0].verdict) \($found[0].code)"
			    elif $found[0].device != (.told | device) then "\(.told): is of device \($found[0].device)"
			    else empty end
			  end),
		# Nothing in the log that was not made, nothing made that is not there, nothing twice.
		($made[] | select(($by_reason[.reason] // [] | length) != 1)
			| "\(.made): made once, and \($by_reason[.reason] // [] | length) times in the log"),
		($by_reason | keys[] | select($is_made[.] | not)
			| "\(.): in the log, and never made"),
		# In the end every op has been told its verdict, once; one who was killed may have heard and not written.
		($made[] | select(($told_of[.made] // [] | length) != 1)
			| select(($told_of[.made] // [] | length) != 0 or ($killed[.reason | split("-")[0]] | not))
			| "\(.made): its verdict was told \($told_of[.made] // [] | length) times"),
		# The order of one device is that in which it made them.
		($made | group_by(.made | device)[]
			| (sort_by(.made | split("-")[1:] | map(tonumber)) | map($by_reason[.reason][0].lsn // 0)) as $lsns
			| select($lsns != ($lsns | sort)) | "device \(.[0].made | device): out of order"),
		# What the clients say at the end.
		($final[] | select(.status.queued != 0 or .status.draft != 0 or (.status.delivered | not)
				or .status.acked != .made or .status.contested != 0
				or .status.halt != "" or .status.trouble != "" or .status.epoch != 1)
			| "\(.unit): not all delivered: \(.status | {queued, draft, delivered, acked, contested, halt,
				trouble, epoch} | tojson), made \(.made)"),
		($final[] | select($restored == "" and .status.last_ack.lsn > ($log[0] | length))
			| "\(.unit): the last ack names an entry beyond the log")
	] as $wrong
	| $wrong[:20][],
	  "\($told | length) acks of \($made | length) sheets from \($final | length) clients against \($entries | length) entries: \($wrong | length) differences",
	  (if ($wrong | length) > 0 or ($told | length) == 0 or ($final | length) == 0 then error("not true") else empty end)
'
