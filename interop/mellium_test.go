package interop

import (
	"context"
	"crypto/tls"
	"encoding/xml"
	"io"
	"net"
	"testing"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	mellium "mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"switchboard/boardtest"
)

// melliumText is a chat message for mellium.im/xmpp.
type melliumText struct {
	stanza.Message
	Body string `xml:"body"`
}

// melliumSession signs in over STARTTLS, in which mellium binds SCRAM to the
// channel where it can.
func melliumSession(t *testing.T, ctx context.Context, b *boardtest.Binary, name string) *mellium.Session {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", b.XMPP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s, err := mellium.NewClientSession(ctx, jid.MustParse(name+"@localhost"), conn,
		mellium.StartTLS(&tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}),
		mellium.SASL("", boardtest.Password, sasl.ScramSha256Plus, sasl.ScramSha1Plus, sasl.ScramSha256, sasl.ScramSha1),
		mellium.BindResource())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := s.Send(ctx, stanza.Presence{}.Wrap(nil)); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMellium(t *testing.T) {
	t.Parallel()
	b, _ := server(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	alice, bob := melliumSession(t, ctx, b, "alice"), melliumSession(t, ctx, b, "bob")
	came := make(chan melliumText, 1)
	served := make(chan error, 2)
	go func() {
		served <- bob.Serve(mellium.HandlerFunc(func(r xmlstream.TokenReadEncoder, start *xml.StartElement) error {
			if start.Name.Local != "message" {
				return nil
			}
			var m melliumText
			err := xml.NewTokenDecoder(xmlstream.MultiReader(xmlstream.Token(*start), r)).Decode(&m)
			if err == nil || err == io.EOF {
				came <- m
			}
			return nil
		}))
	}()
	go func() { served <- alice.Serve(nil) }()
	text := melliumText{stanza.Message{To: jid.MustParse("bob@localhost"), Type: stanza.ChatMessage}, "<&> ☂"}
	if err := alice.Encode(ctx, text); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-came:
		if m.Body != text.Body || !m.From.Equal(alice.LocalAddr()) || m.Type != stanza.ChatMessage {
			t.Errorf("bob got %+v", m)
		}
	case <-ctx.Done():
		t.Error("bob got nothing")
	}
	for _, s := range []*mellium.Session{alice, bob} {
		if err := s.Close(); err != nil {
			t.Error("close: ", err)
		}
	}
	for range 2 {
		select {
		case err := <-served:
			if err != nil {
				t.Error("the session ended with ", err)
			}
		case <-ctx.Done():
			t.Fatal("a session does not end")
		}
	}
}
