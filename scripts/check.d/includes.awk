# Judges the facts of `rooms includes` against its tables; see there for the line formats.
function room_of(path,    r, best)
{
	best = ""
	for (r in room)
		if (index(path, r "/") == 1 && length(r) > length(best))
			best = r
	return best
}

# The home row for a header that is not ours: its own name first, then its ending, then its folder.
function home_of(name,    tail, dir)
{
	if (name in home)
		return name
	tail = name
	if (sub(/^[^.]*/, "*", tail) && tail in home)
		return tail
	dir = name
	if (sub(/\/.*/, "/", dir) && dir in home)
		return dir
	return ""
}

function allowed_home(path, places,    n, i, p)
{
	n = split(places, p, " ")
	for (i = 1; i <= n; i++)
		if (p[i] == "*" || path == p[i] || index(path, p[i] "/") == 1)
			return 1
	return 0
}

function breach(text)
{
	printf "%s:%s: %s\n", path, line, text
	bad = 1
}

function judge_foreign(name,    row)
{
	row = home_of(name)
	if (row == "") {
		if (mine !~ /^tests/)
			breach("<" name "> has no home: give it a row in scripts/check.d/rooms")
	} else if (mine !~ /^tests/ && !allowed_home(path, home[row])) {
		breach("<" name "> may be included only in " home[row])
	}
}

function judge_ours(name,    there)
{
	there = lent[name]
	if (there != mine && room[mine] != "*" && !index(" " room[mine] " ", " " there " "))
		breach(mine " may not include \"" name "\" of " there)
}

$1 == "room" { r = $2; $1 = $2 = ""; gsub(/^ +/, ""); room[r] = $0; next }
$1 == "home" { h = $2; $1 = $2 = ""; gsub(/^ +/, ""); home[h] = $0; next }
$1 == "header" { name = $2; sub(/.*\/include\//, "", name); lent[name] = room_of($2); next }
$1 == "file" { exists[$2] = 1; next }
$1 == "include" { todo[++todos] = $0 }

END {
	for (i = 1; i <= todos; i++) {
		split(todo[i], f, " ")
		path = f[2]; line = f[3]; kind = f[4]; name = f[5]
		mine = room_of(path)
		beside = path
		sub(/[^\/]*$/, "", beside)
		if (mine == "")
			breach("this folder belongs to no room: give it a row in scripts/check.d/rooms")
		else if (name ~ /\.\./)
			breach("a path with .. climbs over a wall")
		else if (name in lent)
			judge_ours(name)
		else if (kind == "<" || home_of(name) != "")
			judge_foreign(name)
		else if (!((beside name) in exists) && mine !~ /^tests/ && !((mine "/src/" name) in exists))
			breach("\"" name "\" is neither lent by a room nor beside this file")
	}
	printf "includes: %d judged\n", todos
	exit bad
}
