#!/usr/bin/env bash
# A device that shares nothing with the programs: bash, coreutils, awk, sed, xxd, openssl and protoc, in a
# folder that holds the .proto files and PROTOCOL.md. What it does must stand on that page: where it did
# not, the page was changed. Section numbers in these files are those of PROTOCOL.md.
#
#	client.sh STATE enrol ADDRESS CODE
#	client.sh STATE sync                             what is queued goes, what is new comes, in one flight
#	client.sh STATE month 2022-08 members_end=20     a signed nil month, queued
#	client.sh STATE again SEQ                        sends an op again
#	client.sh STATE check FILE LSN                   a receipt, without the server
set -euo pipefail
here=$(dirname "$0")
state=$1
# shellcheck source=tests/e2e/foreign/bytes.sh
. "$here/bytes.sh"
# shellcheck source=tests/e2e/foreign/tls.sh
. "$here/tls.sh"
# shellcheck source=tests/e2e/foreign/tree.sh
. "$here/tree.sh"
# shellcheck source=tests/e2e/foreign/enrol.sh
. "$here/enrol.sh"
# shellcheck source=tests/e2e/foreign/ops.sh
. "$here/ops.sh"
# shellcheck source=tests/e2e/foreign/sync.sh
. "$here/sync.sh"

[ "$(printf '%s ' *)" = 'PROTOCOL.md op.proto wire.proto ' ] || die "this folder holds more: $(echo ./*)"
umask 077
mkdir -p "$state"
tmp=$(mktemp -d)
trap 'tls_close; rm -rf -- "$tmp"' EXIT
case $2 in
enrol) enrol "$3" "$4" ;;
sync) sync_once ;;
month) month "${@:3}" ;;
again) again "$3" ;;
check)
	receipt_good "$(kept "$3")" "$4" >"$tmp/entry"
	printf 'good\n'
	;;
*) die "no command $2" ;;
esac
