package xmpp_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/blob"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
	"switchboard/xmpp"
)

const domain = "example.org"

// certificate is one for all tests of the package.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// board is a server under test: the rooms that it needs, on SQLite.
type board struct {
	*xmpp.Server
	db    *store.DB
	bus   *bus.Bus
	auth  *auth.Service
	chat  *chat.Service
	files *blob.Store
	tcp   string
	ws    string
	now   *clock
	stop  func() // stops the XMPP server alone, and waits
}

// clock is the server's time, which tests move.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	c.ahead += d
	c.mu.Unlock()
}

// newBoard starts a server. The names get accounts with boardtest.Password.
func newBoard(t testing.TB, change func(*xmpp.Options), names ...string) *board {
	t.Helper()
	return newBoardWith(t, bus.Options{}, change, names...)
}

func newBoardWith(t testing.TB, nodes bus.Options, change func(*xmpp.Options), names ...string) *board {
	t.Helper()
	b := &board{now: &clock{}}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var err error
	if b.db, err = store.Open(ctx, store.Options{Dir: t.TempDir(), Log: log}); err != nil {
		t.Fatal(err)
	}
	nodes.Log = log
	b.bus = bus.New(nodes)
	b.auth = auth.New(auth.Options{DB: b.db, Log: log, Iterations: 4096})
	media, err := blob.Open(ctx, blob.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b.files = media
	b.chat = chat.New(chat.Options{DB: b.db, Bus: b.bus, Log: log, Blob: media})
	if _, _, err = b.auth.EnsureTenant(ctx, domain, true); err != nil {
		t.Fatal(err)
	}
	b.addAccounts(t, names...)
	o := xmpp.Options{Auth: b.auth, Chat: b.chat, Bus: b.bus, Domain: domain, Plain: true, Now: b.now.Now, Log: log, PublicURL: "https://chat.example",
		TLS: &tls.Config{Certificates: []tls.Certificate{certificate()}}}
	if change != nil {
		change(&o)
	}
	b.Server = xmpp.New(o)
	b.auth.OnRevoked(func(r auth.Revocation) {
		b.EndStreams(r.Account, r.Device, "not-authorized", r.Reason, xmpp.EndedDeviceRevoked)
	})
	for _, run := range []func(context.Context) error{b.bus.Run, b.auth.Run, b.chat.Run} {
		running.Go(func() { _ = run(ctx) })
	}
	streams := b.listen(t)
	web := httptest.NewServer(b.WebSocket())
	b.ws = "ws" + strings.TrimPrefix(web.URL, "http")
	b.stop = sync.OnceFunc(streams)
	t.Cleanup(func() {
		b.stop()
		web.Close()
		cancel()
		running.Wait()
		if err := errors.Join(b.db.Close(), media.Close()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// listen serves TCP on a free port. stop ends it and waits.
func (b *board) listen(t testing.TB) (stop func()) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.tcp = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = b.Run(ctx) })
	running.Go(func() {
		if err := b.ServeTCP(ctx, l); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }
}

func (b *board) addAccounts(t testing.TB, names ...string) {
	t.Helper()
	admin, err := b.auth.LocalAdmin(t.Context(), domain)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if _, err := b.auth.CreateAccount(t.Context(), admin, auth.NewAccount{Localpart: n, Kind: switchboard.User, Password: boardtest.Password}); err != nil {
			t.Fatal(err)
		}
	}
}

// principal is who an account is.
func (b *board) principal(t testing.TB, name string) switchboard.Principal {
	t.Helper()
	p, err := b.auth.PrincipalFor(t.Context(), domain, name, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *board) onTCP() boardtest.XMPPAddress {
	return boardtest.XMPPAddress{TCP: b.tcp, Domain: domain}
}

func (b *board) onWebSocket() boardtest.XMPPAddress {
	return boardtest.XMPPAddress{URL: b.ws, Domain: domain}
}

// client signs in, binds and becomes available.
func (b *board) client(t testing.TB, name, resource string) *boardtest.XMPPClient {
	t.Helper()
	c := b.bound(t, name, resource)
	c.Come("")
	return c
}

// bound signs in and binds.
func (b *board) bound(t testing.TB, name, resource string) *boardtest.XMPPClient {
	t.Helper()
	c := boardtest.DialXMPP(t, b.onTCP())
	c.Login(name, boardtest.Password)
	c.Bind(resource)
	return c
}

// patience is how long a test waits for one answer.
const patience = boardtest.Patience / 2

var eventually = boardtest.Eventually

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// TestDialogues plays the scripts over both transports.
func TestDialogues(t *testing.T) {
	accounts := []string{"romeo", "juliet", "mercutio", "tybalt"}
	t.Run("tcp", func(t *testing.T) {
		boardtest.Dialogues(t, "testdata/*.script", func(t *testing.T) boardtest.XMPPAddress {
			return newBoard(t, nil, accounts...).onTCP()
		})
	})
	t.Run("websocket", func(t *testing.T) {
		boardtest.Dialogues(t, "testdata/*.script", func(t *testing.T) boardtest.XMPPAddress {
			return newBoard(t, nil, accounts...).onWebSocket()
		})
	})
}
