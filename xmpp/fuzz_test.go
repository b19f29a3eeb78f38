package xmpp_test

import (
	"net"
	"testing"
	"time"

	"switchboard/boardtest"
)

// FuzzStream: whatever an authenticated client says, the server answers the
// next one.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"<message to='romeo@example.org'><body>x</body></message>",
		"<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data'><field var='ids'/></x><set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set></query></iq>",
		"<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='a@example.org'><group>x</group></item></query></iq>",
		"<presence><priority>200</priority></presence><presence to='romeo@example.org' type='subscribe'/>",
		"<enable xmlns='urn:xmpp:sm:3' resume='1'/><r xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='0'/>",
		"<iq type='set' id='3'><block xmlns='urn:xmpp:blocking'><item jid='b@example.org'/></block></iq>",
		"<iq type='get' id='4' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info' node='x'/></iq></stream:stream>",
	} {
		f.Add([]byte(seed))
	}
	b := newBoard(f, nil, "romeo", "juliet")
	f.Fuzz(func(t *testing.T, say []byte) {
		c := b.bound(t, "romeo", "f")
		_, _ = c.Conn().Write(say)
		if tcp, ok := c.Conn().(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
		_ = c.Conn().SetReadDeadline(time.Now().Add(10 * time.Second))
		for {
			if _, err := c.Read(); err != nil {
				break
			}
		}
		after := boardtest.DialXMPP(t, b.onTCP())
		after.Open()
		after.Break()
	})
}
