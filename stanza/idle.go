//go:build unix

package stanza

import (
	"io"
	"net"
	"os"
	"syscall"
)

// IdleConn makes a source for a Reader out of a connection: one that waits
// without a buffer where the connection allows it (a plain TCP or Unix socket),
// else the connection itself. Deadlines of the connection hold.
func IdleConn(c net.Conn) io.Reader {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return c
	}
	i := &idleConn{Conn: c, raw: raw}
	i.ready = i.tryRead
	return i
}

type idleConn struct {
	net.Conn
	raw   syscall.RawConn
	ready func(fd uintptr) bool

	// Of the call under way.
	take func() []byte
	give func()
	n    int
	err  error
}

// ReadIdle waits in the runtime's poller, with no buffer.
func (c *idleConn) ReadIdle(take func() []byte, give func()) (int, error) {
	c.take, c.give, c.n, c.err = take, give, 0, nil
	if err := c.raw.Read(c.ready); err != nil {
		return 0, err
	}
	return c.n, c.err
}

// tryRead reads what is there; false makes the poller wait.
func (c *idleConn) tryRead(fd uintptr) bool {
	b := c.take()
	for {
		n, err := syscall.Read(int(fd), b)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			c.give()
			return false
		case err != nil:
			c.err = &net.OpError{Op: "read", Net: c.RemoteAddr().Network(), Addr: c.RemoteAddr(), Err: os.NewSyscallError("read", err)}
		case n == 0:
			c.err = io.EOF
		default:
			c.n = n
		}
		return true
	}
}
