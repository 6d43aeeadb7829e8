# A running server and its devices.
e2e_test(serve_life 120)
e2e_test(serve_devices 90)
e2e_test(cards 60)
e2e_test(serve_peers 60)
e2e_test(serve_kill 120)
e2e_test(serve_full 420)
e2e_test(serve_large 120)
e2e_test(contract 120)
