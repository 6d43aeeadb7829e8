#!/usr/bin/env bash
# Packets that never arrive: picks connections that stand and lets the kernel (nft) drop what goes over them, one way
# or both, for a while that is drawn, so that neither end learns anything; one in ten for longer than any end waits.
# Only in a network namespace with nothing but loopback; it refuses to touch the machine's own network.
# usage: drop.sh --can                                 prints how to get such a namespace, or why that is not possible
#        drop.sh --ports A,B --every MS [--seed N]     connections to these ports on loopback
# Prints `ready`, does nothing until SIGUSR1, heals all at SIGUSR2; at SIGTERM it prints what was dropped, and ends with 1
# when that was nothing.
set -euo pipefail
readonly long_ms=150000
ports='' every=1000 rough='' stopping=''
declare -A picked=()
both=0 single=0 long=0

can()
{
	local how tool

	for tool in nft ip ss unshare; do
		command -v $tool >/dev/null || {
			printf 'no packets can be dropped: %s is missing (apt-get install nftables iproute2 util-linux)\n' $tool
			return 1
		}
	done
	for how in 'unshare -n' 'unshare -Urn'; do
		if $how sh -c 'ip link set lo up && nft add table inet storm' >/dev/null 2>&1; then
			printf '%s\n' "$how"
			return 0
		fi
	done
	printf 'no packets can be dropped: neither root nor user namespaces, or a kernel without nftables\n'
	return 1
}

make_rules()
{
	if [ -n "$(ip -o link show up | grep -v '^[0-9]*: lo:' || true)" ]; then
		printf 'drop: there is more than loopback here\n' >&2
		exit 1
	fi
	# Dropped as it comes in: where it goes out the sender would be told.
	nft -f - <<-'END'
		table inet storm {
			set lost { type inet_service . inet_service; flags timeout; }
			set left { type inet_service . inet_service; flags dynamic; size 65535; }
			counter gone { }
			chain into {
				type filter hook input priority 0;
				tcp sport . tcp dport @lost jump away
			}
			chain away {
				tcp flags & (fin | rst) != 0 update @left { tcp sport . tcp dport }
				counter name gone drop
			}
		}
	END
}

# One that stands and was not picked before, as PORT_OF_THE_CLIENT PORT.
pick()
{
	local all=() one

	[ ${#picked[@]} -lt 4000 ] || picked=() # ports come round again
	while read -r one; do
		[ -n "${picked[$one]-}" ] || all+=("$one")
	done < <(ss -Htn state established "( sport = :${ports%,*} or sport = :${ports#*,} )" |
		sed -E 's/.*:([0-9]+) +[^ ]*:([0-9]+) *$/\2 \1/')
	[ ${#all[@]} -gt 0 ] || return 1
	found=${all[$((RANDOM % ${#all[@]}))]}
	picked[$found]=1
}

drop_one()
{
	local client port ms way elements

	pick || return 0
	read -r client port <<<"$found"
	ms=$((200 + RANDOM % 9800)) way=$((RANDOM % 4))
	if [ $((RANDOM % 10)) = 0 ]; then
		ms=$long_ms long=$((long + 1))
	fi
	case $way in
	0) elements="$client . $port timeout ${ms}ms" ;;
	1) elements="$port . $client timeout ${ms}ms" ;;
	*) elements="$client . $port timeout ${ms}ms, $port . $client timeout ${ms}ms" ;;
	esac
	nft add element inet storm lost "{ $elements }"
	[ $way -gt 1 ] && both=$((both + 1)) || single=$((single + 1))
}

report()
{
	local packets left

	packets=$(nft list counter inet storm gone | sed -nE 's/.*packets ([0-9]+) .*/\1/p')
	left=$(nft list set inet storm left | grep -oE '[0-9]+ \. [0-9]+' | wc -l)
	printf 'drop: %d packets of %d connections (%d both ways, %d for longer than anybody waits); %d ends left and the other was not told\n' \
		"$packets" $((both + single)) "$both" "$long" "$left"
	[ "$packets" -gt 0 ]
}

while [ $# -gt 0 ]; do
	case $1 in
	--can) can; exit ;;
	--ports) ports=$2 ;;
	--every) every=$2 ;;
	--seed) RANDOM=$(($2 % 32768)) ;;
	*) printf 'drop: no option %s\n' "$1" >&2; exit 2 ;;
	esac
	shift 2
done
make_rules
trap 'rough=yes' USR1
trap 'rough=heal' USR2
trap 'stopping=1' TERM
printf 'ready\n'
while [ -z "$stopping" ]; do
	case $rough in
	yes) drop_one ;;
	heal) nft flush set inet storm lost; rough='' ;;
	esac
	sleep "$(printf '%d.%03d' $((every / 1000)) $((every % 1000)))" &
	wait $! || true
done
report
