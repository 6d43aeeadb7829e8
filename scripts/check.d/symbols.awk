# Judges what each library calls against the tables of `rooms symbols`; see there.
function group_of(symbol,    g, i, n, w)
{
	for (g in groups) {
		n = split(groups[g], w, " ")
		for (i = 1; i <= n; i++)
			if (w[i] == "=" symbol || (w[i] !~ /^=/ && index(symbol, w[i]) == 1))
				return g
	}
	return ""
}

$1 == "right" { lib = $2; $1 = $2 = ""; rights[lib] = " " $0 " "; next }
$1 == "group" { g = $2; $1 = $2 = ""; groups[g] = groups[g] " " $0; next }
$1 == "need" {
	seen[$2] = 1
	if (!($2 in rights)) {
		if (!($2 in told))
			printf "lib%s.a: no row in scripts/check.d/rooms\n", $2
		told[$2] = bad = 1
	} else if ((g = group_of($3)) != "" && !index(rights[$2], " " g " ")) {
		printf "lib%s.a: calls %s (%s)\n", $2, $3, g
		bad = 1
	}
}

END {
	for (lib in rights)
		if (!(lib in seen))
			printf "lib%s.a: not there yet\n", lib
	for (lib in seen)
		libraries++
	printf "symbols: %d libraries judged\n", libraries
	exit bad
}
