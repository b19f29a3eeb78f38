package xmpp_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/xmpp"
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
		"<iq type='set' id='5'><vCard xmlns='vcard-temp'><FN>x</FN><PHOTO><BINVAL>aGk=</BINVAL></PHOTO></vCard></iq><iq type='get' id='6'><vCard xmlns='vcard-temp'/></iq>",
		"<iq type='set' id='7'>" + publishing("http://jabber.org/protocol/nick", "<nick xmlns='http://jabber.org/protocol/nick'>x</nick>") + "</iq>",
		"<iq type='set' id='8'>" + publishing("urn:xmpp:avatar:metadata", "<metadata xmlns='urn:xmpp:avatar:metadata'><info id='x'/></metadata>") + "</iq>",
		"<iq type='get' id='9'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='urn:xmpp:vcard4'/></pubsub></iq>",
		"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/><x xmlns='vcard-temp:x:update'><photo/></x></presence>",
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
		_ = c.Conn().SetReadDeadline(time.Now().Add(patience))
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

// FuzzVCard: whatever somebody published, what is shown is well-formed and says
// what the profile says.
func FuzzVCard(f *testing.F) {
	for _, raw := range []string{
		"", "<vCard xmlns='vcard-temp'/>", "<vCard xmlns='vcard-temp'><FN>a</FN><FN>b</FN><NICKNAME>c</NICKNAME></vCard>",
		"<vCard xmlns='vcard-temp'><EMAIL/><EMAIL><USERID>x</USERID></EMAIL><TEL><NUMBER> 1 </NUMBER><NUMBER>2</NUMBER></TEL></vCard>",
		"<v:vCard xmlns:v='vcard-temp'><v:FN>a</v:FN><FN xmlns='urn:x'>b</FN><v:DESC><v:x/>d</v:DESC></v:vCard>",
		"<vCard xmlns='vcard-temp'><PHOTO><BINVAL>x</BINVAL></PHOTO><x xmlns='urn:y' xmlns:z='urn:z'><z:a z:b='c'/></x></vCard>",
	} {
		f.Add([]byte(raw), "Juliet", "j@example.org", "+39", "<status> & more")
		f.Add([]byte(raw), "", "", "", "")
	}
	f.Fuzz(func(t *testing.T, raw []byte, name, email, mobile, status string) {
		want := chat.Profile{Name: clean(name), Email: clean(email), Mobile: clean(mobile), Status: clean(status)}
		if _, err := xmpp.ProfileOf(raw); err != nil || !bytes.Contains(raw, []byte("vcard-temp")) {
			raw = nil // what is stored was read before
		}
		shown := xmpp.VCardWith(raw, want)
		got, err := xmpp.ProfileOf(shown)
		if err != nil || got.Name != want.Name || got.Email != want.Email || got.Mobile != want.Mobile || got.Status != want.Status {
			t.Fatalf("%s\nshown as\n%s\nsays %+v, want %+v, %v", raw, shown, got, want, err)
		}
	})
}

// clean is a text as a profile has it.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.TrimSpace(s)
}
