package boardtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"switchboard/stanza"
)

// patience is how long a test waits for what has to come.
const patience = 30 * time.Second

// XMPPAddress says where and how an XMPP client connects.
type XMPPAddress struct {
	TCP    string // host:port; or
	URL    string // ws://… or wss://…
	Origin string // of the page that opens the WebSocket; "" for none
	Domain string
	TLS    *tls.Config // direct TLS over TCP, or for wss
}

// XMPPClient is one stream of a test client. It reads on demand: what was not
// asked for stays in the connection. One goroutine may use it.
type XMPPClient struct {
	t      testing.TB
	at     XMPPAddress
	conn   net.Conn // TCP
	reader *stanza.Reader
	ws     *websocket.Conn
	parser stanza.Parser
	got    []stanza.Element // read and not yet asked for

	JID      string // after Bind
	Features stanza.Element
}

// DialXMPP connects. Nothing is sent yet.
func DialXMPP(t testing.TB, at XMPPAddress) *XMPPClient {
	t.Helper()
	c := &XMPPClient{t: t, at: at}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if at.URL != "" {
		o := &websocket.DialOptions{Subprotocols: []string{"xmpp"}, HTTPHeader: http.Header{}}
		if at.Origin != "" {
			o.HTTPHeader.Set("Origin", at.Origin)
		}
		if at.TLS != nil {
			o.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: at.TLS}}
		}
		if c.ws, _, err = websocket.Dial(ctx, at.URL, o); err == nil { //nolint:bodyclose // the library's documentation: never needed
			c.ws.SetReadLimit(1 << 24)
		}
	} else {
		if c.conn, err = new(net.Dialer).DialContext(ctx, "tcp", at.TCP); err == nil && at.TLS != nil {
			c.conn = tls.Client(c.conn, at.TLS)
		}
	}
	if err != nil {
		t.Fatal("boardtest: connect: ", err)
	}
	if c.conn != nil {
		c.reader = stanza.NewReader(c.conn, stanza.Limits{Bytes: 1 << 24, Depth: 200})
	}
	t.Cleanup(c.Break)
	return c
}

// Break cuts the connection without a word.
func (c *XMPPClient) Break() {
	if c.ws != nil {
		_ = c.ws.CloseNow()
		return
	}
	_ = c.conn.Close()
}

// Conn is the TCP connection below, for tests that write what no client would.
func (c *XMPPClient) Conn() net.Conn { return c.conn }

var declaration = regexp.MustCompile(`\sxmlns\s*=`)

// Send writes elements: over WebSocket one frame for each call, with its
// namespace declared.
func (c *XMPPClient) Send(xml string) {
	c.t.Helper()
	if err := c.TrySend(xml); err != nil {
		c.t.Fatalf("boardtest: send %.200s: %v", xml, err)
	}
}

// TrySend is Send for connections that may be gone.
func (c *XMPPClient) TrySend(xml string) error {
	if c.ws == nil {
		_ = c.conn.SetWriteDeadline(time.Now().Add(patience))
		_, err := c.conn.Write([]byte(xml))
		return err
	}
	for _, name := range []string{"<message", "<presence", "<iq"} {
		if rest, ok := strings.CutPrefix(xml, name); ok && strings.ContainsAny(rest[:1], " />") {
			if tag, _, _ := strings.Cut(rest, ">"); !declaration.MatchString(tag) {
				xml = name + " xmlns='jabber:client'" + rest
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, []byte(xml))
}

// Read returns the next element, whatever it is.
func (c *XMPPClient) Read() (stanza.Element, error) {
	if len(c.got) > 0 {
		e := c.got[0]
		c.got = c.got[1:]
		return e, nil
	}
	return c.read(patience)
}

func (c *XMPPClient) read(wait time.Duration) (e stanza.Element, err error) {
	if c.ws != nil {
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		_, r, err := c.ws.Reader(ctx)
		if err != nil {
			return e, err
		}
		if e, err = c.parser.ReadFrame(r); err == nil && e.Is(stanza.NSFraming, "close") {
			return e, stanza.ErrStreamClosed
		}
		return e.Clone(), err
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(wait))
	if e, err = c.reader.Next(); err != nil {
		return e, err
	}
	return e.Clone(), nil
}

// Next is Read for an element that has to come.
func (c *XMPPClient) Next() stanza.Element {
	c.t.Helper()
	e, err := c.Read()
	if err != nil {
		c.t.Fatal("boardtest: read: ", err)
	}
	return e
}

// Until reads up to an element for which want is true and returns it; what
// comes before is forgotten.
func (c *XMPPClient) Until(what string, want func(stanza.Element) bool) stanza.Element {
	c.t.Helper()
	for {
		e, err := c.Read()
		if err != nil {
			c.t.Fatalf("boardtest: %s did not come: %v", what, err)
		}
		if want(e) {
			return e
		}
	}
}

// Ended reads until the stream has ended, and returns the stream error, if
// there was one. It fails when the connection just vanishes while polite.
func (c *XMPPClient) Ended(polite bool) *stanza.StreamError {
	c.t.Helper()
	var fault *stanza.StreamError
	for {
		e, err := c.Read()
		switch {
		case err == nil:
			if f := stanza.StreamErrorOf(e); f != nil {
				fault = f
			}
			continue
		case errors.Is(err, stanza.ErrStreamClosed) || !polite:
			return fault
		default:
			c.t.Fatal("boardtest: the stream ended without its end tag: ", err)
		}
	}
}

// OpenHeader is the start of a stream as this client writes it.
func (c *XMPPClient) OpenHeader(attrs string) string {
	if c.ws != nil {
		return "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' " + attrs + "/>"
	}
	return "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " + attrs + ">"
}

// Header reads the server's start of a stream.
func (c *XMPPClient) Header() stanza.Element {
	c.t.Helper()
	var e stanza.Element
	var err error
	if c.ws != nil {
		e, err = c.Read()
	} else {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		e, err = c.reader.Header()
		e = e.Clone()
	}
	if err != nil {
		c.t.Fatal("boardtest: no stream header: ", err)
	}
	return e
}

// Open starts a stream, or starts it again, and reads the features.
func (c *XMPPClient) Open() {
	c.t.Helper()
	c.Send(c.OpenHeader("to='" + c.at.Domain + "' version='1.0'"))
	c.Header()
	c.Features = c.Next()
	if !c.Features.Is(stanza.NSStream, "features") {
		c.t.Fatalf("boardtest: got %s instead of features", c.Features.Raw())
	}
}

// StartTLS secures a TCP stream and opens it again.
func (c *XMPPClient) StartTLS(config *tls.Config) {
	c.t.Helper()
	c.Send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
	if e := c.Next(); !e.Is(stanza.NSTLS, "proceed") {
		c.t.Fatalf("boardtest: got %s instead of proceed", e.Raw())
	}
	secure := tls.Client(c.conn, config)
	if err := secure.Handshake(); err != nil {
		c.t.Fatal("boardtest: TLS: ", err)
	}
	c.conn = secure
	c.reader.Reset(secure)
	c.Open()
}

// TLSState is the state of the client's TLS.
func (c *XMPPClient) TLSState() tls.ConnectionState { return c.conn.(*tls.Conn).ConnectionState() }

// Auth sends the first message of a SASL exchange and returns the answer.
func (c *XMPPClient) Auth(mechanism string, initial []byte) stanza.Element {
	c.t.Helper()
	c.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" +
		base64.StdEncoding.EncodeToString(initial) + "</auth>")
	return c.Next()
}

// Restart prepares for the stream that follows authentication.
func (c *XMPPClient) Restart() {
	if c.reader != nil {
		c.reader.Reset(c.conn)
	}
}

// Login authenticates with PLAIN and opens the stream again.
func (c *XMPPClient) Login(name, password string) {
	c.t.Helper()
	c.Open()
	if e := c.Auth("PLAIN", []byte("\x00"+name+"\x00"+password)); !e.Is(stanza.NSSASL, "success") {
		c.t.Fatalf("boardtest: %s cannot sign in: %s", name, e.Raw())
	}
	c.Restart()
	c.Open()
}

// Bind binds a resource; "" lets the server choose.
func (c *XMPPClient) Bind(resource string) {
	c.t.Helper()
	e := c.Ask("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" +
		stanza.Escape(resource) + "</resource></bind></iq>")
	c.JID = e.Child(stanza.NSBind, "bind").ChildText(stanza.NSBind, "jid")
	if c.JID == "" {
		c.t.Fatalf("boardtest: bind: %s", e.Raw())
	}
}

// Ask sends an iq and returns what answers it. What comes before stays to be
// read.
func (c *XMPPClient) Ask(iq string) stanza.Element {
	c.t.Helper()
	c.Send(iq)
	parsed, err := stanza.Parse([]byte("<x xmlns='jabber:client'>" + iq + "</x>"))
	if err != nil {
		c.t.Fatalf("boardtest: %s: %v", iq, err)
	}
	id := parsed.First().ID()
	for i, e := range c.got {
		if e.Name() == stanza.IQ && e.ID() == id {
			c.got = append(c.got[:i:i], c.got[i+1:]...)
			return e
		}
	}
	for {
		e, err := c.read(patience)
		if err != nil {
			c.t.Fatalf("boardtest: no answer to %s: %v", iq, err)
		}
		if e.Name() == stanza.IQ && e.ID() == id && (e.Type() == stanza.Result || e.Type() == stanza.TypeError) {
			return e
		}
		c.got = append(c.got, e)
	}
}

// Sync makes a round trip: everything that was sent before has been handled.
// What the server has sent stays to be read.
func (c *XMPPClient) Sync() {
	c.t.Helper()
	id := fmt.Sprintf("sync%d", time.Now().UnixNano())
	if e := c.Ask("<iq type='get' id='" + id + "' to='" + c.at.Domain + "'><ping xmlns='urn:xmpp:ping'/></iq>"); e.Type() != stanza.Result {
		c.t.Fatalf("boardtest: ping: %s", e.Raw())
	}
}

// Pending are the elements that were read on the way to something else.
func (c *XMPPClient) Pending() (raw []string) {
	for _, e := range c.got {
		raw = append(raw, string(bytes.TrimSpace(e.Raw())))
	}
	return raw
}

// Come sends initial presence and reads up to the client's own.
func (c *XMPPClient) Come(presence string) {
	c.t.Helper()
	if presence == "" {
		presence = "<presence/>"
	}
	c.Send(presence)
	c.Until("own presence", func(e stanza.Element) bool {
		return e.Name() == stanza.Presence && e.Attr("from") == c.JID
	})
}

// Close ends the stream properly and reads up to the server's end of it.
func (c *XMPPClient) Close() {
	c.t.Helper()
	if c.ws != nil {
		c.Send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
	} else {
		c.Send("</stream:stream>")
	}
	_ = c.Ended(true) // how it ends is not asked here
	c.Break()
}
