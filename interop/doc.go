// Package interop is clients that we did not write, against the server; tests only.
//
// The clients are slixmpp (py/), @xmpp/client (js/), mellium.im/xmpp,
// golang.org/x/oauth2, coreos/go-oidc and curl. They talk to the real binary
// in a process of its own, over real sockets. A script plays its scene to the
// end and prints what each client saw, one JSON object a line; the Go test
// judges it.
//
// Beside them are tests that only the whole program can have: a server that is
// killed under load, two nodes, the command line, hosts that misbehave.
//
// scripts/setup.sh installs the Python and Node.js clients.
package interop
