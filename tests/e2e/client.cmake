# The client against the real server.
e2e_test(client_month 120)
e2e_test(client_bad 120)
e2e_test(client_kill 300)
