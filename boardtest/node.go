package boardtest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/config"
	"switchboard/node"
)

// Server is a node under test, in this process.
type Server struct {
	*node.Node
	stop context.CancelFunc
	done chan error
	once sync.Once
}

// NodeOptions adorn Node. The zero value is a trial server on SQLite in a
// directory that goes away with the test.
type NodeOptions struct {
	Config func(*config.Config) // changes what the test needs otherwise
	Now    func() time.Time
	Log    *slog.Logger
}

// Node starts a node on free loopback ports and stops it with the test.
func Node(t testing.TB, o NodeOptions) *Server {
	t.Helper()
	c := config.Defaults()
	c.Data = t.TempDir()
	c.HTTP.Address, c.XMPP.Address = "127.0.0.1:0", "127.0.0.1:0"
	c.InsecurePlain, c.Webhook.AllowPrivate = true, true
	c.Limits.Shutdown = config.Duration(2 * time.Second)
	if o.Config != nil {
		o.Config(&c)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if c.Database == "" {
		fromTemplate(t, c.Data)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{stop: cancel, done: make(chan error, 1)}
	ready := make(chan struct{})
	go func() {
		s.done <- node.Run(ctx, c, node.Options{Log: o.Log, Now: o.Now, Version: "test"}, func(n *node.Node) {
			s.Node = n
			close(ready)
		})
	}()
	select {
	case <-ready:
	case err := <-s.done:
		cancel()
		t.Fatal("the node did not start: ", err)
	}
	t.Cleanup(func() { s.Stop(t) })
	return s
}

// template is an embedded store with nothing but its tables: making them takes
// longer than most tests.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "switchboard-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c := config.Defaults()
	c.Data = dir
	if err := node.Prepare(context.Background(), c, node.Options{}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, storeFile))
})

const storeFile = "switchboard.db"

func fromTemplate(t testing.TB, data string) {
	t.Helper()
	file := filepath.Join(data, storeFile)
	if _, err := os.Stat(file); err == nil {
		return
	}
	made, err := template()
	if err == nil {
		err = os.WriteFile(file, made, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Stop stops the node and waits for it. A second call does nothing.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.stop()
	s.once.Do(func() {
		if err := <-s.done; err != nil {
			t.Error("the node stopped with an error: ", err)
		}
	})
}

// Password is the password of every account that AddAccount makes.
const Password = "correct horse battery"

// AddAccount makes an account with Password and returns its principal.
func (s *Server) AddAccount(t testing.TB, name string, kind switchboard.AccountKind, admin bool) switchboard.Principal {
	t.Helper()
	role := string(kind)
	if admin {
		role = "admin"
	}
	if _, err := s.Node.AddAccount(t.Context(), node.NewAccount{Name: name, Password: Password, Role: role}); err != nil {
		t.Fatal(err)
	}
	p, err := s.Auth.PrincipalFor(t.Context(), s.Tenant.Domain, name, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// AddVisitor makes a customer's account, as the widget does, and returns its principal.
func (s *Server) AddVisitor(t testing.TB, name string) switchboard.Principal {
	t.Helper()
	p, err := s.Node.AddVisitor(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// EachEngine runs a test on a node with SQLite and on one with PostgreSQL.
func EachEngine(t *testing.T, body func(*testing.T, *Server)) {
	t.Run("sqlite", func(t *testing.T) { body(t, Node(t, NodeOptions{})) })
	t.Run("postgres", func(t *testing.T) {
		url := Postgres(t)
		body(t, Node(t, NodeOptions{Config: func(c *config.Config) { c.Database = url }}))
	})
}
