#!/usr/bin/env bash
# A new recovery key, cut off at each of its steps: it counts with its card, or it does not count; and a file that is left
# is said to be what it is.
set -euo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/client_lib.sh
. "$(dirname "$0")/client_lib.sh"

keys_made()
{
	json '[.[] | select(.kind == "recovery-key")] | length' log --data s
}

small_province s
is 1 "$(keys_made)" 'the one of init'

# --- while it serves -------------------------------------------------------------------------------------------
k keys --new-card --card card --data s
is 2 "$(keys_made)" 'another one'
cp card kept
exits 1 "$ketnapd" keys --new-card --card card --data s
has 'card is the card of the key that counts' err
exits 1 "$ketnapd" keys --new-card --card s.card --data s
has 's.card is a card of before, which another one has replaced' err
printf 'a letter\n' >letter
exits 1 "$ketnapd" keys --new-card --card letter --data s
has 'letter is there already' err
is 2 "$(keys_made)" 'no key counts that has no card'
cmp -s card kept || fail 'the card was written over'
stop_server

# --- killed between the card and its key -------------------------------------------------------------------------
left=no
for at in {1..12}; do
	rm -f new
	before=$(keys_made)
	dies pwrite "$at" "$ketnapd" keys --new-card --card new --data s
	[ -e new ] || continue
	left=yes
	is "$before" "$(keys_made)" 'its key does not count'
	exits 1 "$ketnapd" keys --new-card --card new --data s
	has 'new is a card whose key is not in this log' err
	is "$before" "$(keys_made)" 'nor is another one made'
	break
done
is yes $left 'a card that was left'
rm new
k keys --new-card --card new --data s
is 3 "$(keys_made)" 'said again'
exits 1 "$ketnapd" keys --new-card --card new --data s
has 'new is the card of the key that counts' err
is true "$(json .ok verify --data s)" 'verify'
