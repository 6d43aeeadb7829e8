# shellcheck shell=bash
# The same work in PostgreSQL, for scripts/bench, which sources this: hashed entries, a dedupe row, the sheet with
# all its versions, and totals of each unit above it; the same tree, the same months, over mutual TLS. It is given
# what flatters it: figures lie ready in a table of the server, nothing is checked, no rights, no proofs.
# Needs the packages postgresql-15 and sudo or root; the cluster is made for the run and thrown away.
: "${bin:?}" "${dir:?}" "${history:?}" "${ketnapd:?}" "${asked_from:?}" "${asked_to:?}"
: "${moved:?}" "${moved_to:?}" "${moved_day:?}"
readonly pg_bin=/usr/lib/postgresql/15/bin
pg_dir=$dir/postgres pg_port=54329 pg_pid='' pg_measures=()

# pg_list FORMAT: the format with each measure's column, apart by commas.
pg_list()
{
	local m out=''

	for m in "${pg_measures[@]}"; do
		out+=${out:+, }${1//%/$m}
	done
	printf '%s' "$out"
}

# What runs a command as somebody whom PostgreSQL accepts.
pg_as=()
[ "$(id -u)" != 0 ] || pg_as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
readonly pg_as

pg_uri() # [DATABASE]
{
	printf 'host=127.0.0.1 port=%s dbname=%s user=%s sslmode=verify-ca sslrootcert=%s sslcert=%s sslkey=%s' \
		"$pg_port" "${1:-work}" ketnap "$pg_dir/ca.pem" "$pg_dir/client.pem" "$pg_dir/client.key"
}

pg_sql() # DATABASE [-c SQL ...], or SQL on stdin; bare rows on stdout
{
	"$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -At "$(pg_uri "$1")" "${@:2}"
}

# pg_certificate NAME SUBJECT: P-256, as ours, signed by the peer's own CA.
pg_certificate()
{
	openssl ecparam -genkey -name prime256v1 -noout -out "$pg_dir/$1.key" 2>/dev/null
	openssl req -new -key "$pg_dir/$1.key" -subj "/CN=$2" 2>/dev/null |
		openssl x509 -req -CA "$pg_dir/ca.pem" -CAkey "$pg_dir/ca.key" -CAcreateserial -days 30 \
			-out "$pg_dir/$1.pem" 2>/dev/null
	chmod 600 "$pg_dir/$1.key"
}

pg_start()
{
	local i

	"${pg_as[@]}" "$pg_bin/postgres" -D "$pg_dir/data" >>"$pg_dir/log" 2>&1 &
	pg_pid=$!
	for ((i = 0; i < 600; i++)); do
		! "$pg_bin/psql" -X -q -c 'select 1' "$(pg_uri postgres)" >/dev/null 2>&1 || return 0
		sleep 0.02
	done
	tail -n 5 "$pg_dir/log" >&2
	die 'PostgreSQL did not come up'
}

pg_stop()
{
	[ -n "$pg_pid" ] || return 0
	kill -INT "$pg_pid" 2>/dev/null || true
	wait "$pg_pid" 2>/dev/null || true
	pg_pid=
}

pg_cluster()
{
	[ -x "$pg_bin/initdb" ] || die "PostgreSQL 15 is not installed: apt-get install postgresql-15"
	rm -rf "$pg_dir"
	mkdir -p "$pg_dir/data"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$pg_dir/ca.key" \
		-out "$pg_dir/ca.pem" -subj /CN=peer -days 30 2>/dev/null
	pg_certificate server localhost
	pg_certificate client ketnap
	[ "$(id -u)" != 0 ] || chown -R postgres "$pg_dir/data" "$pg_dir/server.key"
	"${pg_as[@]}" "$pg_bin/initdb" -D "$pg_dir/data" -U ketnap -A trust --locale=C -E UTF8 >"$pg_dir/log"
	cat >>"$pg_dir/data/postgresql.conf" <<-END
		listen_addresses = '127.0.0.1'
		port = $pg_port
		unix_socket_directories = ''
		ssl = on
		ssl_ca_file = '$pg_dir/ca.pem'
		ssl_cert_file = '$pg_dir/server.pem'
		ssl_key_file = '$pg_dir/server.key'
		shared_buffers = 2GB
		max_wal_size = 8GB
		max_connections = 200
		jit = off
	END
	printf 'hostssl all all 127.0.0.1/32 cert\n' >"$pg_dir/data/pg_hba.conf"
	chmod 711 "$dir" "$pg_dir"
	pg_start
}

# --- the same province ---------------------------------------------------------------------------

pg_schema()
{
	cat <<-END
		create table unit (id int primary key, code text unique, parent int);
		create index on unit (parent);
		create table entry (lsn bigint generated always as identity primary key,
			at timestamptz default clock_timestamp(), device bigint, seq bigint, unit int, hash bytea, body bytea);
		create table done (device bigint, seq bigint, lsn bigint, primary key (device, seq));
		create table sheet (month date, unit int, lsn bigint, $(pg_list '% bigint'), primary key (month, unit));
		create table version (unit int, month date, lsn bigint, $(pg_list '% bigint'),
			state int default 1,
			primary key (unit, month, lsn));
		create table plan (unit int, from_day date, to_day date, lsn bigint, primary key (unit, from_day, lsn));
		create table member (unit int, day date, members bigint, lsn bigint, primary key (unit, day, lsn));
		create table total (month date, node int, sheets int, $(pg_list '% bigint'), primary key (month, node));
		create table raw (unit text, form text, from_day date, to_day date, measure text, value bigint, approx text);
		create sequence turn;
	END
}

# One submission. Ancestors by walking up; each total is one row, whose lock is held over the flush.
pg_functions()
{
	cat <<-END
		create function submit(n bigint) returns bigint language plpgsql as \$\$
		declare
			s incoming; was sheet; l bigint; at_node int;
		begin
			select * into strict s from incoming where id = n;
			insert into done values (s.device, s.seq, null) on conflict do nothing;
			if not found then
				return (select d.lsn from done d where d.device = s.device and d.seq = s.seq);
			end if;
			insert into entry (device, seq, unit, hash, body)
				values (s.device, s.seq, s.unit, sha256(s.body), s.body) returning lsn into l;
			update done set lsn = l where device = s.device and seq = s.seq;
			select * into was from sheet where month = s.month and unit = s.unit for update;
			insert into sheet values (s.month, s.unit, l, $(pg_list 's.%'))
				on conflict (month, unit) do update set lsn = l, $(pg_list '% = excluded.%');
			insert into version values (s.unit, s.month, l, $(pg_list 's.%'));
			at_node := s.unit;
			while at_node <> 0 loop
				insert into total as t values (s.month, at_node, 1, $(pg_list 's.%'))
					on conflict (month, node) do update
					set sheets = t.sheets + (was.unit is null)::int,
					$(pg_list '% = t.% + s.% - coalesce(was.%, 0)');
				select parent into at_node from unit where id = at_node;
			end loop;
			return l;
		end \$\$;
		create function submit_many(n bigint, many int) returns void language plpgsql as \$\$
		begin
			create temp table if not exists batch as select * from incoming where false;
			truncate batch;
			insert into batch select * from incoming i where id > n and id <= n + many
				and not exists (select 1 from done d where d.device = i.device and d.seq = i.seq);
			with logged as (insert into entry (device, seq, unit, hash, body)
				select device, seq, unit, sha256(body), body from batch returning lsn, device, seq),
			known as (insert into done select device, seq, lsn from logged)
			insert into version select b.unit, b.month, l.lsn, $(pg_list 'b.%')
				from batch b join logged l using (device, seq);
			with recursive up as (
				select b.unit as node, b.id from batch b
				union all select u.parent, up.id from up join unit u on u.id = up.node where u.parent <> 0)
			insert into total as t
				select b.month, up.node, count(*), $(pg_list 'sum(b.% - coalesce(s.%, 0))')
				from up join batch b using (id) left join sheet s on s.month = b.month and s.unit = b.unit
				group by 1, 2 order by 1, 2
				on conflict (month, node) do update set $(pg_list '% = t.% + excluded.%');
			insert into sheet select month, unit, 0, $(pg_list '%') from batch
				on conflict (month, unit) do update set $(pg_list '% = excluded.%');
		end \$\$;
	END
}

# Ready-made submissions: the next month of every organisation, then the same again and again as corrections.
pg_incoming()
{
	cat <<-END
		create table incoming as
			select row_number() over (order by t, s.unit) as id, s.unit as device,
				$history + t as seq, s.unit, date '2022-01-01' as month,
				convert_to(row(s.*)::text, 'UTF8') as body, $(pg_list 's.%')
			from sheet s, generate_series(1, 40) t
			where s.month = (select max(month) from sheet);
		alter table incoming add primary key (id);
		create index on entry (device, seq);
		analyze;
	END
}

pg_load()
{
	local i=0 f

	"$bin/make_province" "$pg_dir/province" --years 2020-2025 >/dev/null
	mapfile -t pg_measures < <(cut -d, -f5 "$pg_dir"/province/figures-*.csv | sort -u | sed '/^measure$/d; s/^/m_/')
	pg_sql postgres -c 'create database base'
	pg_schema | pg_sql base
	awk -F, 'NR > 1 { id[$1] = NR - 1; print NR - 1 "," $1 "," ($2 in id ? id[$2] : 0) }' \
		"$pg_dir/province/tree.csv" | pg_sql base -c 'copy unit from stdin (format csv)'
	for f in "$pg_dir"/province/figures-*.csv; do
		[ "$((i++))" -lt "$history" ] || break
		pg_sql base -c 'copy raw from stdin (format csv, header)' <"$f"
	done
	pg_sql base <<-END
		insert into version select u.id, r.from_day, row_number() over (order by r.from_day, u.id),
			$(pg_list "coalesce(max(r.value) filter (where 'm_' || r.measure = '%'), 0)")
			from raw r join unit u on u.code = r.unit group by u.id, r.from_day;
		insert into entry (device, seq, unit, hash, body)
			select unit, row_number() over (partition by unit order by month), unit,
				sha256(convert_to(v::text, 'UTF8')), convert_to(v::text, 'UTF8')
			from version v order by lsn;
		insert into sheet select month, unit, lsn, $(pg_list '%') from version;
		insert into plan select distinct unit, date '2019-12-31', date '9999-12-31', 0 from version;
		insert into member select unit, month + interval '1 month' - interval '1 day', m_members_end, lsn from version;
		insert into total
			with recursive up as (select id as unit, id as node from unit
				union all select up.unit, u.parent from up join unit u on u.id = up.node where u.parent <> 0)
			select s.month, up.node, count(*), $(pg_list 'sum(s.%)')
			from sheet s join up using (unit) group by 1, 2;
		drop table raw;
	END
	pg_incoming | pg_sql base
	pg_functions | pg_sql base
	pg_sql base -c 'vacuum analyze' -c checkpoint
}

# Each measurement finds the store as it was loaded.
pg_fresh()
{
	pg_sql postgres -c 'drop database if exists work' -c 'create database work template base' -c checkpoint
}

# --- questions -----------------------------------------------------------------------------------

# pg_question NAME UNIT [LSN]: a year of a unit and all below it, or its twelve months. That a leaf is one is known here;
# ours looks below it. What ends in `told` is asked for what ours tells in its one answer: who had to report, how many
# sheets there are of each sort, members; of rows the year before, too. The others are asked for the figures alone.
pg_question()
{
	local sums days="between '2021-01-01' and '2021-12-01'" before="between '2020-01-01' and '2020-12-01'" below bit
	local states='count(*) as sheets'

	for bit in 1 2 4 8 16 32; do
		states+=", count(*) filter (where v.state & $bit <> 0) as state_$bit"
	done

	sums=$(pg_list 'sum(v.%) as %')
	below="with recursive below as (select id from unit where id = $2
		union all select u.id from unit u join below b on u.parent = b.id)"
	case "$1" in
	empty) printf 'select 1;\n' ;;
	year) printf '%s select %s from sheet v join below b on b.id = v.unit where v.month %s;\n' \
		"$below" "$sums" "$days" ;;
	rows) printf 'select %s from total v where v.node = %s and v.month %s;\n' "$sums" "$2" "$days" ;;
	rows-told) printf 'select a.*, b.*, (select members from member where unit = %s and day < make_date(2022, 1, 1)
		order by day desc limit 1) from (select sum(sheets) as sheets, %s from total v where v.node = %s and v.month %s) a,
		(select %s from total v where v.node = %s and v.month %s) b;\n' \
		"$2" "$sums" "$2" "$days" "$sums" "$2" "$before" ;;
	told) printf '%s, figure as (select month, %s, %s from (select distinct on (unit, month) * from version
		where month %s and lsn <= %s and unit in (select id from below)
		order by unit, month, lsn desc) v group by month),
		due as (select g as month, count(distinct p.unit) as expected from
			generate_series(make_date(2021, 1, 1), make_date(2021, 12, 1), make_interval(months => 1)) g
			left join plan p on p.unit in (select id from below) and p.lsn <= %s and g between p.from_day and p.to_day
			group by g)
		select due.*, figure.*, (select members from member where unit = %s and lsn <= %s
			and day < due.month + make_interval(months => 1) order by day desc limit 1)
		from due left join figure using (month) order by due.month;\n' \
		"$below" "$sums" "$states" "$days" "$3" "$3" "$2" "$3" ;;
	leaf-told) printf 'select g, (select count(*) from plan p where p.unit = %s and p.lsn <= %s
			and g between p.from_day and p.to_day) as expected, v.*,
			(select members from member where unit = %s and lsn <= %s
			and day < g + make_interval(months => 1) order by day desc limit 1)
		from generate_series(make_date(2021, 1, 1), make_date(2021, 12, 1), make_interval(months => 1)) g
		left join lateral (select * from version where unit = %s and month = g and lsn <= %s
			order by lsn desc limit 1) v on true order by g;\n' "$2" "$3" "$2" "$3" "$2" "$3" ;;
	known) printf '%s select month, %s from (select distinct on (unit, month) * from version
		where month %s and lsn <= %s and unit in (select id from below)
		order by unit, month, lsn desc) v group by month order by month;\n' \
		"$below" "$sums" "$days" "$3" ;;
	leaf) printf 'select distinct on (month) * from version v
		where unit = %s and month %s and lsn <= %s order by month, lsn desc;\n' "$2" "$days" "$3" ;;
	esac
}

# pg_ask NAME QUESTION UNIT [LSN]
pg_ask()
{
	pg_question "${@:2}" | pg_timed "$1"
}

# pg_timed NAME [DATABASE], the question on stdin: one client over TLS, prepared, two seconds; the mean, since pgbench logs 0
# for what was answered before it looked at its clock again.
pg_timed()
{
	local out asker=$BASHPID

	tr '\n' ' ' >"$pg_dir/ask.sql"
	watch
	out=$(pgbench_costs -n -M prepared -c 1 -T 2 -f "$pg_dir/ask.sql" "$(pg_uri "${2:-work}")")
	note "$1" "ms=$(awk '/^latency average/ { printf "%.3f", $4 }' "$pg_dir/asked.$asker") $out"
}

# pgbench_costs OPTION ...: what it did, what the server's processes took of a processor for each, and the client. What it
# said is in asked.PID, of the shell that asks: two of them may run at a time.
pgbench_costs()
{
	local before client TIMEFORMAT='%U %S'

	before=$(pg_cpu_us)
	client=$({ time "$pg_bin/pgbench" "$@" >"$pg_dir/asked.$asker" 2>&1; } 2>&1) || die "pgbench: $(cat "$pg_dir/asked.$asker")"
	awk -v us="$(($(pg_cpu_us) - before))" -v client="$client" '/actually processed/ { n = $NF }
		END { split(client, c, " "); printf "answers=%d", n; if (n > 0) printf " client_cpu_us=%.0f server_cpu_us=%.0f",
			(c[1] + c[2]) * 1e6 / n, us / n }' "$pg_dir/asked.$asker"
}

# CPU of the postmaster and of all its children that have ended.
pg_cpu_us()
{
	local ticks

	sleep 0.2 # a session's process ends a little after its client
	ticks=$(awk '{ print $14 + $15 + $16 + $17 }' "/proc/$pg_pid/stat")
	printf '%s' $((ticks * 1000000 / $(getconf CLK_TCK)))
}

# The same year of the same province, measure by measure: otherwise nothing here compares anything.
pg_same()
{
	local ours theirs

	ours=$("$ketnapd" totals QNA --data "$dir/prepared" --from "$asked_from" --to "$asked_to" --json |
		jq -r --arg m "${pg_measures[*]}" '. as $t | $m | split(" ")[] | ltrimstr("m_") | "\(.) \($t.measures[.] // 0)"')
	theirs=$(pg_question year 1 | pg_sql base -x | sed 's/^m_//; s/|/ /')
	[ "$(grep -v members_end <<<"$ours")" = "$(grep -v members_end <<<"$theirs")" ] ||
		die "PostgreSQL has other figures: $(diff <(printf '%s' "$ours") <(printf '%s' "$theirs") | head -n 6)"
}

# --- a round -------------------------------------------------------------------------------------

# pg_bench NAME SQL OPTION ...: what pgbench calls transactions per second.
pg_bench()
{
	local out asker=$BASHPID

	printf '%s\n' "$2" >"$pg_dir/run.$asker.sql"
	watch
	out=$(pgbench_costs -n -f "$pg_dir/run.$asker.sql" "${@:3}" "$(pg_uri)")
	grep -q 'failed transactions: 0 ' "$pg_dir/asked.$asker" || die "pgbench: $(cat "$pg_dir/asked.$asker")"
	note "$1" "rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$pg_dir/asked.$asker" |
		awk -v each="${pg_each:-1}" '{ print $1 * each }') $out"
}

# 'A', 'B': the codes as SQL has them.
pg_codes()
{
	printf '%s' "'${moved// /"', '"}'"
}

pg_moved_units()
{
	pg_sql base <<-END
		with recursive below as (select id from unit where code in ($(pg_codes))
			union all select u.id from unit u join below b on u.parent = b.id)
		select count(*) from below;
	END
}

# They and all below them stand elsewhere from a day on: whose totals lose them, whose gain them. Submissions walk up
# the tree: none may have begun on the old one and end on the new.
pg_move()
{
	cat <<-END
		begin;
		lock table unit in access exclusive mode;
		create temp table goes on commit drop as select id, parent as was,
			(select id from unit where code = '$moved_to') as into_id from unit where code in ($(pg_codes));
		create temp table change on commit drop as
			with recursive up as (select id, was as node, -1 as times from goes
				union all select id, into_id, 1 from goes
				union all select up.id, u.parent, up.times from up join unit u on u.id = up.node where u.parent <> 0)
			select id, node, sum(times) as times from up group by 1, 2 having sum(times) <> 0;
		insert into total as t
			select s.month, c.node, sum(c.times * s.sheets), $(pg_list 'sum(c.times * s.%)')
			from change c join total s on s.node = c.id and s.month >= '$moved_day' group by 1, 2 order by 1, 2
			on conflict (month, node) do update
			set sheets = t.sheets + excluded.sheets, $(pg_list '% = t.% + excluded.%');
		update unit u set parent = g.into_id from goes g where u.id = g.id;
		commit;
	END
}

pg_moved()
{
	local loading

	pg_fresh
	pg_move >"$pg_dir/move.sql"
	pg_bench pg-open-moved "select submit(nextval('turn'));" -M prepared -c 4 -T 3 &
	loading=$!
	after_a_second pg-moved pg_sql work -f "$pg_dir/move.sql"
	wait "$loading" || die 'the load beside the move ended badly'
	pg_sums_hold
}

# What was moved and what came in meanwhile: every total is still what its sheets add up to.
pg_sums_hold()
{
	local wrong

	wrong=$(
		pg_sql work <<-END
			with recursive at as (select id as unit, id as node, 0 as depth from unit
				union all select at.unit, u.parent, depth + 1 from at join unit u on u.id = at.node where u.parent <> 0)
			select count(*) from total t where t.month >= '$moved_day' and t.sheets <>
				(select count(*) from sheet s join at using (unit) where at.node = t.node and s.month = t.month);
		END
	)
	[ "$wrong" = 0 ] || die "PostgreSQL: $wrong totals are not what their sheets add up to"
}

pg-back_serve()
{
	"${pg_as[@]}" "$pg_bin/postgres" -D "$pg_dir/data" >>"$pg_dir/log" 2>&1 &
	pg_pid=$!
}

# All of it at once, as ours: back_again.
pg_killed()
{
	local since

	pg_fresh
	watch
	since=$watched # the two seconds before it too: what follows is too short to tell others apart
	pg_bench pg-before-kill "select submit(nextval('turn'));" -M prepared -c 4 -T 2
	watched=$since
	pkill -KILL -P "$pg_pid" 2>/dev/null || true
	kill -KILL "$pg_pid"
	wait "$pg_pid" 2>/dev/null || true
	rm -f "$pg_dir/data/postmaster.pid"
	back_again pg-back pg_sql work -c "select submit(nextval('turn'))"
}

pg_ones()
{
	local c

	for c in 1 4 16; do
		pg_fresh
		pg_bench "pg-one-$c" "select submit(nextval('turn'));" -M prepared -c "$c" -T 2
	done
}

pg_sets()
{
	pg_fresh
	pg_each=1000 pg_bench pg-many "select submit_many((nextval('turn') - 1) * 1000, 1000);" -c 1 -t 20
}

pg_connects()
{
	pg_fresh
	pg_bench pg-connect "select submit(nextval('turn'));" -C -c 8 -T 3
	pool_round
}
