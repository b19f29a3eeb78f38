package xmpp_test

import (
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
)

// TestGroup: what is sent to a group reaches every device of each member, also
// the sender's, from the sender's address in the group; its archive is the
// members'.
func TestGroup(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet", "tybalt")
	g, err := b.chat.CreateGroup(t.Context(), b.principal(t, "romeo"), chat.NewGroup{Name: "Verona",
		Members: []switchboard.AccountID{b.principal(t, "juliet").Account}})
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]boardtest.XMPPAddress{"tcp": b.onTCP(), "websocket": b.onWebSocket()} {
		t.Run(name, func(t *testing.T) {
			d := boardtest.NewDialogue(t, at)
			d.Play("tybalt/t comes\ntybalt/t sends <message to='" + g.JID.String() + "' type='groupchat' id='x'><body>x</body></message>\n" +
				"tybalt/t gets <message type='error' id='x' from='" + g.JID.String() + "'/>\n" +
				"tybalt/t sends <iq type='set' id='q' to='" + g.JID.String() + "'><query xmlns='urn:xmpp:mam:2'/></iq>\n" +
				"tybalt/t gets <iq type='error' id='q'/>\n" +
				"tybalt/t sends <iq type='get' id='i' to='" + g.JID.String() + "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>\n" +
				"tybalt/t gets <iq type='error' id='i'><error><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>\n")
			d.Play(`
romeo/one comes
romeo/two comes <presence><priority>-5</priority></presence>
juliet/one comes
romeo/one forgets
romeo/two forgets
juliet/one forgets
juliet/one sends <message to='` + g.JID.String() + `' type='groupchat' id='g1'><body>hello all</body></message>
romeo/one gets
  <message from='` + g.JID.String() + `/juliet' to='romeo@{domain}' type='groupchat' id='g1'><body>hello all</body>
    <stanza-id xmlns='urn:xmpp:sid:0' by='` + g.JID.String() + `' id='{gid}'/></message>
romeo/two gets <message from='` + g.JID.String() + `/juliet' to='romeo@{domain}'/>
juliet/one gets <message from='` + g.JID.String() + `/juliet' to='juliet@{domain}'><stanza-id xmlns='urn:xmpp:sid:0' id='{gid}'/></message>
romeo/one sends <iq type='set' id='q' to='` + g.JID.String() + `'><query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>1</max><before/></set></query></iq>
romeo/one gets
  <message from='` + g.JID.String() + `'><result xmlns='urn:xmpp:mam:2' id='{gid}'><forwarded xmlns='urn:xmpp:forward:0'>
    <message xmlns='jabber:client' from='` + g.JID.String() + `/juliet' id='g1'><body>hello all</body></message></forwarded></result></message>
romeo/one gets <iq type='result' id='q' from='` + g.JID.String() + `'/>
romeo/one sends <iq type='get' id='i' to='` + g.JID.String() + `'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>
romeo/one gets <iq type='result' id='i'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' name='Verona'/><feature var='urn:xmpp:mam:2'/></query></iq>
romeo/one sends <iq type='get' id='n' to='mix.{domain}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>
romeo/one gets <iq type='result' id='n'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='` + g.JID.String() + `' name='Verona'/></query></iq>
`)
		})
	}
}
