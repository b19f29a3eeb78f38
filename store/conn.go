package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
)

// conn is one connection with the statements prepared on it.
type conn struct {
	db    *sql.DB
	d     *dialect
	c     *sql.Conn
	stmts map[string]*sql.Stmt
}

func openConn(ctx context.Context, db *sql.DB, d *dialect) (*conn, error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{db: db, d: d, c: c, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(ctx, c.d.rewrite(query))
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

// command runs a statement without parameters that is not worth preparing on PostgreSQL.
func (c *conn) command(ctx context.Context, query string) error {
	_, err := c.c.ExecContext(ctx, query)
	return err
}

func (c *conn) close() {
	for _, s := range c.stmts {
		s.Close()
	}
	c.c.Close()
}

// drop ends a connection for good. To close it would give it back to the pool
// of database/sql with whatever is wrong with it: a transaction, mostly.
func (c *conn) drop() {
	for _, s := range c.stmts {
		s.Close()
	}
	_ = c.c.Raw(func(any) error { return driver.ErrBadConn })
	c.c.Close()
}

// readers lends connections for reading, at most size at a time.
type readers struct {
	db   *sql.DB
	d    *dialect
	slot chan struct{}
	mu   sync.Mutex
	idle []*conn
}

func newReaders(db *sql.DB, d *dialect) *readers {
	return &readers{db: db, d: d, slot: make(chan struct{}, d.readers)}
}

func (r *readers) get(ctx context.Context) (*conn, error) {
	select {
	case r.slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	c, err := openConn(ctx, r.db, r.d)
	if err != nil {
		<-r.slot
	}
	return c, err
}

// put gives a connection back; a doubtful one is dropped instead.
func (r *readers) put(c *conn, healthy bool) {
	if healthy {
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	} else {
		c.drop()
	}
	<-r.slot
}

func (r *readers) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.idle {
		c.close()
	}
	r.idle = nil
}
