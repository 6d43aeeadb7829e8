# shellcheck shell=bash
# The country's table in PostgreSQL, for scripts/bench --postgres --country, which sources this after postgres.sh,
# postgres_more.sh and country.sh: 34 provinces x 12 months x each measure that is reported, over TLS, from the same files.
# Ours is asked as people's programs ask: one Query of a table, each month, on an open connection; beside it the same by one
# Query a province (totals, each month), as many unanswered as the server allows, whose last answer is waited for. PostgreSQL gives it in one answer: by a recursive query over the sheets, or from what is kept,
# in the order in which it is asked for: a row for each unit, month and measure, as in a store whose measures are data; or
# one for each unit and month, a column for each measure, without and with the counts that ours tells besides.
# Nothing is written meanwhile, so neither gets a fresh copy for each round.
: "${pg_dir:?}" "${pg_bin:?}" "${bin:?}" "${dir:?}" "${ketnapd:?}" "${rounds:?}" "${provinces:?}" "${address?}"
readonly land_year=2022
# What ours tells of each unit and month besides figures; sheets are counted apart.
readonly land_told='due reported contested signed accepted missing nil on_behalf changed broken members'

# A sheet a row, its unit by number, a blank as nothing: what COPY takes.
land_sheets()
{
	awk -F, -v measures="${pg_measures[*]}" '
		function give(  i, line) {
			line = month "," unit
			for (i = 1; i <= n; i++) {
				line = line "," v[i]
				v[i] = ""
			}
			if (unit)
				print line
		}
		BEGIN { n = split(measures, m, " "); for (i = 1; i <= n; i++) at[substr(m[i], 3)] = i }
		FNR == 1 { file++; next }
		file == 1 { id[$1] = FNR - 1; next }
		id[$1] != unit || $3 != month { give(); unit = id[$1]; month = $3 }
		{ v[at[$5]] = $6 }
		END { give() }' "$1/tree.csv" "$1"/figures-*.csv
}

land_schema()
{
	local told="${land_told// / bigint, } bigint"

	cat <<-END
		alter database base set work_mem = '256MB';
		create table unit (id int primary key, code text unique, parent int);
		create index on unit (parent);
		create table sheet (month date, unit int, $(pg_list '% bigint'), primary key (month, unit));
		create table total (node int, month date, sheets int, $(pg_list '% bigint'), $told, primary key (node, month));
		create table figure (node int, month date, measure smallint, value bigint, primary key (node, month, measure));
	END
}

# The counts are those of a year in which all have reported and signed, and members are what the sheets say.
land_load()
{
	local csv=$dir/country

	mapfile -t pg_measures < <(awk -F, 'FNR > 1 && !seen[$5]++ { print "m_" $5 }' "$csv"/figures-*.csv | LC_ALL=C sort)
	pg_sql postgres -c 'create database base'
	land_schema | pg_sql base
	awk -F, 'NR > 1 { id[$1] = NR - 1; print NR - 1 "," $1 "," ($2 in id ? id[$2] : 0) }' "$csv/tree.csv" |
		pg_sql base -c 'copy unit from stdin (format csv)'
	land_sheets "$csv" | pg_sql base -c 'copy sheet from stdin (format csv)'
	pg_sql base <<-END
		insert into total
			with recursive up as (select id as unit, id as node from unit
				union all select up.unit, u.parent from up join unit u on u.id = up.node where u.parent <> 0)
			select up.node, s.month, count(*), $(pg_list 'sum(s.%)'), count(*), count(*), 0, count(*), 0, 0, 0, 0, 0, 0,
				sum(s.m_members_end)
			from sheet s join up using (unit) group by 1, 2 order by 1, 2;
		insert into figure select t.node, t.month, m.at, (array[$(pg_list 't.%')])[m.at]
			from total t, generate_series(1, ${#pg_measures[@]}) m(at)
			where t.node in (select distinct parent from unit) order by 1, 2, 3;
	END
	pg_sql base -c 'vacuum analyze' -c checkpoint
}

# land_question NAME: of all that stands directly under the root, which is number 1.
land_question()
{
	local days="between '$land_year-01-01' and '$land_year-12-01'" top='(select id from unit where parent = 1)'

	case "$1" in
	empty) printf 'select 1' ;;
	tree) printf 'with recursive below as (select id, id as node from unit where parent = 1
		union all select u.id, b.node from unit u join below b on u.parent = b.id)
		select b.node, v.month, count(*) as sheets, %s from sheet v join below b on b.id = v.unit
		where v.month %s group by 1, 2 order by 1, 2' "$(pg_list 'sum(v.%) as %')" "$days" ;;
	rows) printf 'select node, month, sheets, %s from total where node in %s and month %s order by 1, 2' \
		"$(pg_list %)" "$top" "$days" ;;
	figures) printf 'select node, month, measure, value from figure where node in %s and month %s order by 1, 2, 3' \
		"$top" "$days" ;;
	told) printf 'select * from total where node in %s and month %s order by node, month' "$top" "$days" ;;
	esac
}

# A line for each figure: unit, month, measure, value.
land_theirs()
{
	local names

	names=$(printf "'%s'," "${pg_measures[@]#m_}")
	if [ "$1" = figures ]; then
		pg_sql base -c "select concat_ws(' ', u.code, t.month, (array[${names%,}])[t.measure], coalesce(t.value::text, 'null'))
			from ($(land_question figures)) t join unit u on u.id = t.node" | LC_ALL=C sort
		return
	fi
	pg_sql base -c "select concat_ws(' ', u.code, t.month, substr(j.key, 3), coalesce(j.value, 'null'))
		from ($(land_question "$1")) t join unit u on u.id = t.node, jsonb_each_text(to_jsonb(t)) j
		where j.key like 'm\\_%'" | LC_ALL=C sort
}

land_ours()
{
	jq -r --arg m "${pg_measures[*]}" '.rows as $rows | .series as $s | $m | split(" ")[] | ltrimstr("m_") as $c |
		range($rows | length) as $r | range($s.from | length) |
		"\($rows[$r].unit) \($s.from[.]) \($c) \($s.measures[$c][$r][.])"' "$dir/answers" | LC_ALL=C sort
}

land_serve()
{
	start "$ketnapd" serve --data "$dir/land" --listen 127.0.0.1:0
}

land_ask() # NAME OPTION ...
{
	load "$1" query_load --clients "$dir/asker" --from "$land_year-01-01" --to "$land_year-12-31" --ms 2000 "${@:2}"
}

# Before anything is timed: every figure of the table is the same, in all three.
land_same()
{
	local way

	land_serve
	"$bin/query_load" --server "$address" --clients "$dir/asker" --from "$land_year-01-01" --to "$land_year-12-31" --ms 1 \
		--table --months --answers "$dir/answers" >/dev/null
	stop_server
	land_ours >"$dir/ours"
	for way in tree rows figures; do
		land_theirs "$way" >"$dir/theirs"
		cmp -s "$dir/ours" "$dir/theirs" ||
			die "PostgreSQL has other figures ($way): $(diff "$dir/ours" "$dir/theirs" | head -n 6)"
	done
	[ "$(wc -l <"$dir/ours")" = $((provinces * 12 * ${#pg_measures[@]})) ] || die 'the table is not whole'
	say "the same $(wc -l <"$dir/ours") figures: $provinces x 12 x ${#pg_measures[@]}"
}

# Ours is loaded by its imports, PostgreSQL by COPY.
prepare_land()
{
	# shellcheck disable=SC2034 # take_in's
	local csv=$dir/country data=$dir/land first=$land_year last=$land_year line units sheets=0 load=0 load_wall=0

	if kept "country of $provinces beside PostgreSQL"; then
		pg_start
		mapfile -t pg_measures < <(pg_sql base -c "select column_name from information_schema.columns
			where table_name = 'sheet' and column_name like 'm\\_%' order by ordinal_position")
		return
	fi
	"$bin/make_country" "$csv" --provinces "$provinces" --years "$land_year"
	take_in no
	note loaded "provinces=$provinces units=$units sheets=$sheets cpu_s=$load s=$load_wall"
	"$bin/make_clients" --out "$dir/asker" --clients 1 --data "$data" --there
	say 'the same in PostgreSQL'
	pg_cluster
	land_load
	rm -rf "$csv"
	keep "country of $provinces beside PostgreSQL"
}

land_round()
{
	land_serve
	land_ask empty --empty
	land_question empty | pg_timed pg-empty base
	land_ask table --table --months
	land_ask apart --apart --months
	stop_server
	land_question tree | pg_timed pg-tree base
	land_question rows | pg_timed pg-rows base
	land_question told | pg_timed pg-told base
	land_question figures | pg_timed pg-figures base
	recompute_round "$dir/land/store"
}

land_table()
{
	heads "$rounds rounds, medians" ours PostgreSQL
	asked_rows 'a round trip over TLS with nothing asked' empty pg-empty ''
	asked_rows "the country's table, $provinces x 12 x ${#pg_measures[@]} (beside: recursive query)" table pg-tree '1,000; 500'
	asked_rows '  beside what is kept, a row for each figure' table pg-figures '5; 2'
	asked_rows '  a row for each unit and month: the figures alone' table pg-rows '5; 2'
	asked_rows '  and what ours tells, too' table pg-told '5; 2'
	again_row
	printf 'ours: %s bytes; the first time after a start %s ms\n' "$(median table answer_bytes)" "$(median table first_ms)"
	printf 'apart: %s ms, %s us of the server, %s bytes of %s answers\n' "$(median apart mean_ms)" \
		"$(median apart server_cpu_us)" "$(median apart answer_bytes)" "$(median apart questions)"
	weather
}

country_beside_postgres()
{
	local i

	trap 'stop_server; pg_stop' EXIT
	prepare_land
	land_same
	for ((i = 1; i <= rounds; i++)); do
		say "round $i of $rounds"
		land_round
	done
	pg_stop
	[ "$rounds" = 0 ] || land_table
}
