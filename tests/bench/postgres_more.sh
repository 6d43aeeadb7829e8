# shellcheck shell=bash disable=SC2154
# Sourced by scripts/bench after postgres.sh: PostgreSQL behind pgbouncer, and all of its totals made again. Both sides of the
# pooler speak TLS with certificates, as clients do without it: devices are strangers, and so is the line behind it.
: "${pg_dir:?}" "${pg_port:?}" "${bin:?}" "${dir:?}"
readonly pool_port=54330
pool_pid=''

# pool_start: true when there is one.
pool_start()
{
	local i

	command -v pgbouncer >/dev/null || return 1
	cp "$pg_dir/server.key" "$pg_dir/pool.key"
	cp "$pg_dir/client.key" "$pg_dir/pool-client.key"
	[ "$(id -u)" != 0 ] || chown postgres "$pg_dir/pool.key" "$pg_dir/pool-client.key"
	printf '"ketnap" ""\n' >"$pg_dir/pool.users"
	cat >"$pg_dir/pool.ini" <<-END
		[databases]
		work = host=127.0.0.1 port=$pg_port dbname=work user=ketnap
		[pgbouncer]
		listen_addr = 127.0.0.1
		listen_port = $pool_port
		unix_socket_dir =
		auth_type = cert
		auth_file = $pg_dir/pool.users
		pool_mode = transaction
		default_pool_size = 8
		max_client_conn = 200
		client_tls_sslmode = verify-full
		client_tls_ca_file = $pg_dir/ca.pem
		client_tls_cert_file = $pg_dir/server.pem
		client_tls_key_file = $pg_dir/pool.key
		server_tls_sslmode = verify-ca
		server_tls_ca_file = $pg_dir/ca.pem
		server_tls_cert_file = $pg_dir/client.pem
		server_tls_key_file = $pg_dir/pool-client.key
		ignore_startup_parameters = extra_float_digits
		log_connections = 0
		log_disconnections = 0
	END
	"${pg_as[@]}" pgbouncer -q "$pg_dir/pool.ini" >>"$pg_dir/pool.log" 2>&1 &
	pool_pid=$!
	for ((i = 0; i < 200; i++)); do
		! pool_sql -c 'select 1' >/dev/null 2>&1 || return 0
		kill -0 "$pool_pid" 2>/dev/null || break
		sleep 0.05
	done
	die "pgbouncer did not come up: $(tail -n 3 "$pg_dir/pool.log")"
}

pool_stop()
{
	[ -n "$pool_pid" ] || return 0
	kill -INT "$pool_pid" 2>/dev/null || true
	wait "$pool_pid" 2>/dev/null || true
	pool_pid=
}

pool_sql()
{
	local pg_port=$pool_port

	pg_sql work "$@"
}

# The same clients, each with a connection of its own, of which the server behind sees eight that stay.
pool_round()
{
	pg_fresh
	pool_start || return 0
	pg_port=$pool_port pg_bench pg-pooled "select submit(nextval('turn'));" -C -c 8 -T 3
	pool_stop
}

# ---- all totals made again ----

# What every unit's sheets are for those above it, by the tree as it is; into memory, as ours.
pg_recompute()
{
	pg_sql base <<-END
		set temp_buffers = '256MB';
		set work_mem = '256MB';
		\\timing on
		create temp table again as
			with recursive up as (select id as unit, parent as node from unit where parent <> 0
				union all select up.unit, u.parent from up join unit u on u.id = up.node where u.parent <> 0)
			select s.month, up.node, count(*) as sheets, $(pg_list 'sum(s.%) as %')
			from sheet s join up using (unit) group by 1, 2;
		\\timing off
		select count(*) from again a join total t using (month, node) where a.sheets = t.sheets
			and $(pg_list 'a.% is not distinct from t.%' | sed 's/, / and /g');
	END
}

recompute_round() # FOLDER OF THE STORE
{
	local said

	watch
	note again "$("$bin/recompute_bench" --store "$1")"
	watch
	said=$(pg_recompute)
	note pg-again "rows=$(tail -n 1 <<<"$said") ms=$(sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' <<<"$said")"
	[ "$(value rows "$(grep '^again ' "$dir/results" | tail -n 1)")" = "$(tail -n 1 <<<"$said")" ] ||
		die 'both made other totals'
}

more_round()
{
	recompute_round "$dir/prepared/store"
}

more_table()
{
	compare '  PostgreSQL behind pgbouncer' surge:rate pg-pooled:rate '7; 5'
	again_row
	[ -n "$(median pg-pooled rate)" ] || say 'pgbouncer is not installed: apt-get install pgbouncer'
}

again_row()
{
	compare -i "all totals made again: $(median again rows) from $(median again sheets) sheets, ms" again:ms pg-again:ms '12; 6'
}
