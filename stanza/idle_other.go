//go:build !unix

package stanza

import (
	"io"
	"net"
)

// IdleConn makes a source for a Reader out of a connection. On this system it
// is the connection itself, and the Reader waits with a few bytes of its own.
func IdleConn(c net.Conn) io.Reader { return c }
