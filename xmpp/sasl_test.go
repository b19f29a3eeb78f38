package xmpp_test

import (
	"crypto/tls"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/xdg-go/scram"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/stanza"
	"switchboard/xmpp"
)

var insecure = &tls.Config{InsecureSkipVerify: true}

// failureOf is the condition of a SASL failure, "" for anything else.
func failureOf(e stanza.Element) string {
	if !e.Is(stanza.NSSASL, "failure") {
		return ""
	}
	return e.First().Name()
}

func mechanismsOf(c *boardtest.XMPPClient) (list []string) {
	for m := range c.Features.Child(stanza.NSSASL, "mechanisms").ChildrenNamed(stanza.NSSASL, "mechanism") {
		list = append(list, m.Text())
	}
	return list
}

// TestSASLFailures: each wrong word has its condition (RFC 6120 §6.5) and the
// stream lives.
func TestSASLFailures(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	plain := func(authzid, name, password string) string {
		return base64.StdEncoding.EncodeToString([]byte(authzid + "\x00" + name + "\x00" + password))
	}
	auth := func(mechanism, data string) string {
		return "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='" + mechanism + "'>" + data + "</auth>"
	}
	for _, c := range []struct{ name, say, condition string }{
		{"wrong password", auth("PLAIN", plain("", "romeo", "wrong")), "not-authorized"},
		{"unknown name", auth("PLAIN", plain("", "nobody", boardtest.Password)), "not-authorized"},
		{"somebody else", auth("PLAIN", plain("juliet@"+domain, "romeo", boardtest.Password)), "invalid-authzid"},
		{"somebody else by name", auth("PLAIN", plain("juliet", "romeo", boardtest.Password)), "invalid-authzid"},
		{"another domain", auth("PLAIN", plain("romeo@elsewhere.example", "romeo", boardtest.Password)), "invalid-authzid"},
		{"bad base64", auth("PLAIN", "!!!!"), "incorrect-encoding"},
		{"unpadded base64", auth("PLAIN", strings.TrimRight(plain("", "romeo", "x"), "=")), "incorrect-encoding"},
		{"line break in base64", auth("PLAIN", plain("", "romeo", boardtest.Password)[:8]+"\n"+plain("", "romeo", boardtest.Password)[8:]), "incorrect-encoding"},
		{"no zero bytes", auth("PLAIN", "cm9tZW8="), "malformed-request"},
		{"too many zero bytes", auth("PLAIN", plain("", "romeo", "a\x00b")), "malformed-request"},
		{"empty password", auth("PLAIN", plain("", "romeo", "")), "malformed-request"},
		{"unknown mechanism", auth("CRAM-MD5", "="), "invalid-mechanism"},
		{"needs TLS", auth("SCRAM-SHA-1-PLUS", "="), "encryption-required"},
		{"no exchange", "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AAAA</response>", "malformed-request"},
		{"abort", "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "aborted"},
		{"nonsense", "<dance xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "malformed-request"},
		{"SCRAM nonsense", auth("SCRAM-SHA-256", base64.StdEncoding.EncodeToString([]byte("n,,x=y"))), "malformed-request"},
		{"SCRAM for somebody else", auth("SCRAM-SHA-256", base64.StdEncoding.EncodeToString([]byte("n,a=juliet@"+domain+",n=romeo,r=abc"))), "invalid-authzid"},
		{"SCRAM binding in the wrong mechanism", auth("SCRAM-SHA-256", base64.StdEncoding.EncodeToString([]byte("p=tls-exporter,,n=romeo,r=abc"))), "malformed-request"},
		{"bearer nonsense", auth("OAUTHBEARER", base64.StdEncoding.EncodeToString([]byte("n,,\x01\x01"))), "malformed-request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := boardtest.DialXMPP(t, b.onTCP())
			s.Open()
			s.Send(c.say)
			if e := s.Next(); failureOf(e) != c.condition {
				t.Errorf("want %s, got %s", c.condition, e.Raw())
			}
			if e := s.Auth("PLAIN", []byte("romeo@"+domain+"\x00romeo\x00"+boardtest.Password)); !e.Is(stanza.NSSASL, "success") {
				t.Errorf("the stream does not live on: %s", e.Raw())
			}
		})
	}
}

// TestSASLRetries: the third failure is the last (RFC 6120 §6.4.5).
func TestSASLRetries(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	c := boardtest.DialXMPP(t, b.onTCP())
	c.Open()
	for range 3 {
		if e := c.Auth("PLAIN", []byte("\x00romeo\x00wrong")); failureOf(e) != "not-authorized" {
			t.Fatalf("got %s", e.Raw())
		}
	}
	if e := c.Ended(true); e == nil || e.Condition != stanza.StreamPolicyViolation {
		t.Errorf("got %v", e)
	}
}

// scramLogin runs a SCRAM exchange with a client that we did not write.
func scramLogin(t *testing.T, c *boardtest.XMPPClient, mechanism string, conv *scram.ClientConversation) stanza.Element {
	t.Helper()
	first, err := conv.Step("")
	if err != nil {
		t.Fatal(err)
	}
	e := c.Auth(mechanism, []byte(first))
	if !e.Is(stanza.NSSASL, "challenge") {
		return e
	}
	challenge, err := base64.StdEncoding.DecodeString(e.Text())
	if err != nil {
		t.Fatal(err)
	}
	final, err := conv.Step(string(challenge))
	if err != nil {
		t.Fatal(err)
	}
	c.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + base64.StdEncoding.EncodeToString([]byte(final)) + "</response>")
	e = c.Next()
	if e.Is(stanza.NSSASL, "success") {
		verifier, err := base64.StdEncoding.DecodeString(e.Text())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conv.Step(string(verifier)); err != nil || !conv.Valid() {
			t.Error("the server has not proved itself: ", err)
		}
	}
	return e
}

func scramClient(t *testing.T, hash scram.HashGeneratorFcn, name, password string) *scram.Client {
	t.Helper()
	c, err := hash.NewClient(name, password, "")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSCRAM(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	device, err := b.auth.RegisterDevice(t.Context(), auth.RegisterRequest{License: "trial", Identifier: "romeo", DeviceType: "web", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]scram.HashGeneratorFcn{"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256}
	for mechanism, hash := range hashes {
		for what, password := range map[string]string{"account": boardtest.Password, "device": device.Password, "": "wrong"} {
			t.Run(mechanism+" "+what, func(t *testing.T) {
				c := boardtest.DialXMPP(t, b.onTCP())
				c.Open()
				e := scramLogin(t, c, mechanism, scramClient(t, hash, "romeo", password).NewConversation())
				if what == "" {
					if failureOf(e) != "not-authorized" {
						t.Errorf("got %s", e.Raw())
					}
					return
				}
				if !e.Is(stanza.NSSASL, "success") {
					t.Fatalf("got %s", e.Raw())
				}
				c.Restart()
				c.Open()
				c.Bind("r")
			})
		}
	}
	t.Run("unknown name", func(t *testing.T) {
		c := boardtest.DialXMPP(t, b.onTCP())
		c.Open()
		e := scramLogin(t, c, "SCRAM-SHA-256", scramClient(t, scram.SHA256, "nobody", "x").NewConversation())
		if failureOf(e) != "not-authorized" {
			t.Errorf("got %s", e.Raw())
		}
	})
}

// TestChannelBinding: -PLUS with TLS 1.3 and 1.2, a wrong binding, and a client
// from which -PLUS was hidden (RFC 5802 §6).
func TestChannelBinding(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	connect := func(t *testing.T, version uint16) *boardtest.XMPPClient {
		c := boardtest.DialXMPP(t, b.onTCP())
		c.Open()
		c.StartTLS(&tls.Config{InsecureSkipVerify: true, MaxVersion: version})
		return c
	}
	binding := func(t *testing.T, c *boardtest.XMPPClient, exporter bool) scram.ChannelBinding {
		st := c.TLSState()
		make := scram.NewTLSServerEndpointBinding
		if exporter {
			make = scram.NewTLSExporterBinding
		}
		cb, err := make(&st)
		if err != nil {
			t.Fatal(err)
		}
		return cb
	}
	for name, v := range map[string]struct {
		version  uint16
		exporter bool
	}{"exporter": {tls.VersionTLS13, true}, "end point": {tls.VersionTLS13, false}, "end point 1.2": {tls.VersionTLS12, false}} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, v.version)
			conv := scramClient(t, scram.SHA256, "romeo", boardtest.Password).NewConversationWithChannelBinding(binding(t, c, v.exporter))
			if e := scramLogin(t, c, "SCRAM-SHA-256-PLUS", conv); !e.Is(stanza.NSSASL, "success") {
				t.Errorf("got %s", e.Raw())
			}
		})
	}
	t.Run("wrong binding", func(t *testing.T) {
		c := connect(t, tls.VersionTLS13)
		cb := binding(t, c, true)
		cb.Data[0] ^= 1
		conv := scramClient(t, scram.SHA1, "romeo", boardtest.Password).NewConversationWithChannelBinding(cb)
		if e := scramLogin(t, c, "SCRAM-SHA-1-PLUS", conv); failureOf(e) != "not-authorized" {
			t.Errorf("got %s", e.Raw())
		}
	})
	t.Run("downgrade", func(t *testing.T) {
		c := connect(t, tls.VersionTLS13)
		if e := c.Auth("SCRAM-SHA-256", []byte("y,,n=romeo,r=abcdefgh")); failureOf(e) != "not-authorized" {
			t.Errorf("got %s", e.Raw())
		}
	})
	t.Run("types are listed", func(t *testing.T) {
		c := connect(t, tls.VersionTLS13)
		if n := c.Features.Child(stanza.NSCB, "sasl-channel-binding").Count(); n != 2 {
			t.Errorf("got %s", c.Features.Raw())
		}
	})
}

func TestBearer(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	token, _, err := b.auth.Mint(t.Context(), b.principal(t, "romeo"), switchboard.PlatformDialect, nil)
	if err != nil {
		t.Fatal(err)
	}
	open := func(t *testing.T) *boardtest.XMPPClient {
		c := boardtest.DialXMPP(t, b.onWebSocket())
		c.Open()
		return c
	}
	t.Run("good", func(t *testing.T) {
		c := open(t)
		if e := c.Auth("OAUTHBEARER", []byte("n,a=romeo@"+domain+",\x01auth=Bearer "+token+"\x01\x01")); !e.Is(stanza.NSSASL, "success") {
			t.Fatalf("got %s", e.Raw())
		}
		c.Open()
		c.Bind("r")
		if want := "romeo@" + domain + "/r"; c.JID != want {
			t.Errorf("bound %s, not %s", c.JID, want)
		}
	})
	for name, say := range map[string]string{
		"garbage": "n,,\x01auth=Bearer abc.def.ghi\x01\x01",
		"altered": "n,,\x01auth=Bearer " + token[:len(token)-4] + "AAAA\x01\x01",
		"unsigned": "n,,\x01auth=Bearer " + base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
			strings.Split(token, ".")[1] + ".\x01\x01",
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			e := c.Auth("OAUTHBEARER", []byte(say))
			if !e.Is(stanza.NSSASL, "challenge") { // RFC 7628 §3.2.2: why, first
				t.Fatalf("got %s", e.Raw())
			}
			c.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AQ==</response>")
			if e = c.Next(); failureOf(e) != "not-authorized" {
				t.Errorf("got %s", e.Raw())
			}
		})
	}
	t.Run("as somebody else", func(t *testing.T) {
		c := open(t)
		c.Auth("OAUTHBEARER", []byte("n,a=juliet@"+domain+",\x01auth=Bearer "+token+"\x01\x01"))
		c.Send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AQ==</response>")
		if e := c.Next(); failureOf(e) != "invalid-authzid" {
			t.Errorf("got %s", e.Raw())
		}
	})
}

// TestWhereMechanismsAreOffered: passwords in the clear need TLS, or the
// option and a client on this machine.
func TestWhereMechanismsAreOffered(t *testing.T) {
	strict := newBoard(t, func(o *xmpp.Options) { o.Plain = false }, "romeo")
	c := boardtest.DialXMPP(t, strict.onTCP())
	c.Open()
	if got := strings.Join(mechanismsOf(c), " "); got != "SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER" {
		t.Error("without TLS: ", got)
	}
	if e := c.Auth("PLAIN", []byte("\x00romeo\x00"+boardtest.Password)); failureOf(e) != "encryption-required" {
		t.Errorf("PLAIN without TLS: %s", e.Raw())
	}
	c.StartTLS(insecure)
	if got := strings.Join(mechanismsOf(c), " "); got != "SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER PLAIN" {
		t.Error("with TLS: ", got)
	}
	if !c.Features.Child(stanza.NSTLS, "starttls").IsZero() {
		t.Error("STARTTLS is offered twice")
	}
	direct := strict.onTCP()
	direct.TLS = &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"xmpp-client"}}
	d := boardtest.DialXMPP(t, direct)
	d.Login("romeo", boardtest.Password)
	d.Bind("direct")
	if got := d.TLSState().NegotiatedProtocol; got != "xmpp-client" {
		t.Error("ALPN: ", got)
	}
}

// TestRevocation: when an account loses its right to be, its streams end.
func TestRevocation(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	reg, err := b.auth.RegisterDevice(t.Context(), auth.RegisterRequest{License: "trial", Identifier: "romeo", DeviceType: "web", Sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	phone := boardtest.DialXMPP(t, b.onTCP())
	phone.Login("romeo", reg.Password)
	phone.Bind("phone")
	desk := b.bound(t, "romeo", "desk")
	// A device has one stream: the newer one.
	newer := boardtest.DialXMPP(t, b.onTCP())
	newer.Login("romeo", reg.Password)
	newer.Bind("phone2")
	if e := phone.Ended(true); e == nil || e.Condition != stanza.StreamConflict {
		t.Errorf("the older stream of a device: %v", e)
	}
	if err := b.auth.RevokeDevice(t.Context(), b.principal(t, "romeo"), reg.Device, "logout"); err != nil {
		t.Fatal(err)
	}
	if e := newer.Ended(true); e == nil || e.Condition != stanza.StreamNotAuthorized {
		t.Errorf("a revoked device: %v", e)
	}
	desk.Sync()
	b.EndStreams(b.principal(t, "romeo").Account, 0, stanza.StreamNotAuthorized, "disabled", xmpp.EndedAccountBlocked)
	if e := desk.Ended(true); e == nil || e.Condition != stanza.StreamNotAuthorized || e.Text != "disabled" ||
		string(e.App) != "<ended xmlns='urn:switchboard:notice:0' code='account-blocked'/>" {
		t.Errorf("a disabled account: %v", e)
	}
}

// TestThrottle: whoever guesses is slowed down, and told so.
func TestThrottle(t *testing.T) {
	b := newBoard(t, nil, "romeo")
	for range 100 {
		c := boardtest.DialXMPP(t, b.onTCP())
		c.Open()
		e := c.Auth("PLAIN", []byte("\x00romeo\x00wrong"))
		c.Break()
		switch failureOf(e) {
		case "temporary-auth-failure":
			return
		case "not-authorized":
		default:
			t.Fatalf("got %s", e.Raw())
		}
	}
	t.Error("a hundred guesses, and nobody minds")
}
