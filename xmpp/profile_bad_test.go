package xmpp_test

import (
	"encoding/base64"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"switchboard"
	"switchboard/boardtest"
	"switchboard/chat"
	"switchboard/stanza"
	"switchboard/xmpp"
)

func publishing(node, item string) string {
	return "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='" + node + "'><item id='x'>" + item + "</item></publish></pubsub>"
}

// TestBadProfiles: what makes no sense is refused, changes nothing, and does not
// end the stream.
func TestBadProfiles(t *testing.T) {
	b := newBoard(t, nil, "romeo", "juliet")
	romeo := b.client(t, "romeo", "orchard")
	long := strings.Repeat("x", 2000)
	big := strings.Repeat("<X>"+strings.Repeat("y", 1000)+"</X>", 70)
	photo := func(data string) string {
		return "<vCard xmlns='vcard-temp'><FN>No</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>" + data + "</BINVAL></PHOTO></vCard>"
	}
	for name, c := range map[string]struct{ set, condition string }{
		"a name that is too long":      {"<vCard xmlns='vcard-temp'><FN>" + long + "</FN></vCard>", "bad-request"},
		"a vCard that is too large":    {"<vCard xmlns='vcard-temp'><FN>No</FN>" + big + "</vCard>", ""},
		"a photo that is no image":     {photo(base64.StdEncoding.EncodeToString([]byte("<svg/>"))), ""},
		"a photo that is no base64":    {photo("%%%"), "bad-request"},
		"half an image":                {photo(base64.StdEncoding.EncodeToString(picture(t, color.White)[:60])), ""},
		"a nick that is too long":      {publishing(stanza.NSNick, "<nick xmlns='http://jabber.org/protocol/nick'>"+long+"</nick>"), "bad-request"},
		"a nick that is none":          {publishing(stanza.NSNick, "<name xmlns='urn:x'>No</name>"), "bad-request"},
		"a vCard4 that is none":        {publishing("urn:xmpp:vcard4", "<fn xmlns='urn:x'>No</fn>"), "bad-request"},
		"a vCard4 with a broken photo": {publishing("urn:xmpp:vcard4", "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>No</text></fn><photo><uri>data:image/png;base64,%</uri></photo></vcard>"), "bad-request"},
		"an avatar that is none":       {publishing(stanza.NSAvatarData, "<data xmlns='urn:x'/>"), "bad-request"},
		"an avatar without bytes":      {publishing(stanza.NSAvatarData, "<data xmlns='urn:xmpp:avatar:data'/>"), "bad-request"},
		"an avatar of another id":      {publishing(stanza.NSAvatarData, "<data xmlns='urn:xmpp:avatar:data'>QUJD</data>"), "not-acceptable"},
		"metadata that are none":       {publishing(stanza.NSAvatarMeta, "<info xmlns='urn:x'/>"), "bad-request"},
		"metadata without an image":    {publishing(stanza.NSAvatarMeta, "<metadata xmlns='urn:xmpp:avatar:metadata'><info id='abc'/></metadata>"), "item-not-found"},
		"metadata of images elsewhere": {publishing(stanza.NSAvatarMeta, "<metadata xmlns='urn:xmpp:avatar:metadata'><info id='abc' url='http://x/'/></metadata>"), "item-not-found"},
		"a node without a name":        {publishing("", "<a xmlns='urn:a'/>"), "bad-request"},
		"a node of too long a name":    {publishing(long, "<a xmlns='urn:a'/>"), "bad-request"},
		"two items":                    {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item><a xmlns='urn:a'/></item><item><a xmlns='urn:a'/></item></publish></pubsub>", "bad-request"},
		"no item":                      {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'/></pubsub>", "bad-request"},
		"options without a form":       {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item><a xmlns='urn:a'/></item></publish><publish-options/></pubsub>", "bad-request"},
		"options that nobody knows":    {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='n'><item><a xmlns='urn:a'/></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'><field var='pubsub#magic'><value>1</value></field></x></publish-options></pubsub>", "conflict"},
		"a retraction of nothing":      {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><retract node='n'/></pubsub>", "bad-request"},
		"a number of items that is 0":  {"<pubsub xmlns='http://jabber.org/protocol/pubsub'><create node='n'/><configure><x xmlns='jabber:x:data' type='submit'><field var='pubsub#max_items'><value>0</value></field></x></configure></pubsub>", "not-acceptable"},
		"a configuration of nothing":   {"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='n'/></pubsub>", "bad-request"},
		"an empty request":             {"<pubsub xmlns='http://jabber.org/protocol/pubsub'/>", "feature-not-implemented"},
		"an empty request of an owner": {"<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'/>", "bad-request"},
	} {
		e := romeo.Ask("<iq type='set' id='bad'>" + c.set + "</iq>")
		if f := stanza.ErrorOf(e); e.Type() != stanza.TypeError || f == nil || c.condition != "" && string(f.Condition) != c.condition {
			t.Errorf("%s: %.300s", name, e.Raw())
		}
	}
	who := b.principal(t, "romeo")
	if p, err := b.chat.Person(t.Context(), who, who.Bare()); err != nil || p.Profile.Image != "" || p.Profile.Name != "" {
		t.Errorf("%+v, %v", p.Profile, err)
	}
	if nodes, err := b.chat.Nodes(t.Context(), who, who.Bare()); err != nil || len(nodes) > 2 {
		t.Errorf("%+v, %v", nodes, err)
	}
}

// TestReports: what is reported with a block is there for the administrators.
func TestReports(t *testing.T) {
	b := newBoard(t, nil, "romeo", "tybalt")
	romeo, tybalt := b.client(t, "romeo", "orchard"), b.client(t, "tybalt", "square")
	tybalt.Send("<message to='romeo@" + domain + "' type='chat' id='m'><body>thou art a villain</body></message>")
	sid := romeo.Until("m", isMessage("m")).Child(stanza.NSStanzaID, "stanza-id").ID()
	e := romeo.Ask("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='tybalt@" + domain + "'>" +
		"<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse'><stanza-id xmlns='urn:xmpp:sid:0' by='romeo@" + domain + "' id='" + sid + "'/>" +
		"<text>he insults me</text></report></item></block></iq>")
	if e.Type() != stanza.Result {
		t.Fatalf("%s", e.Raw())
	}
	admin, err := b.auth.LocalAdmin(t.Context(), domain)
	if err != nil {
		t.Fatal(err)
	}
	list, total, err := b.chat.Reports(t.Context(), admin, chat.ReportQuery{})
	if err != nil || total != 1 || list[0].About != b.principal(t, "tybalt").Bare() || len(list[0].Messages) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	m, note := list[0].Messages[0], list[0].Messages[1]
	if m.ID != sid || m.Text != "thou art a villain" || m.Publisher != "tybalt@"+domain || note.Type != "note" || note.Text != "abuse: he insults me" {
		t.Errorf("%+v", list[0].Messages)
	}
}

// TestEnded: a stream that the server ends says why (see node.revoked).
func TestEnded(t *testing.T) {
	s := boardtest.Node(t, boardtest.NodeOptions{})
	admin := s.AddAccount(t, "boss", switchboard.Operator, true)
	for i, c := range []struct {
		code string
		end  func(who switchboard.Principal) error
	}{
		{xmpp.EndedAccountBlocked, func(who switchboard.Principal) error {
			return s.Auth.SetEnabled(t.Context(), admin, who.Account, false)
		}},
		{xmpp.EndedPasswordChanged, func(who switchboard.Principal) error {
			return s.Auth.SetPassword(t.Context(), admin, who.Account, "another one, and long")
		}},
		{xmpp.EndedAccountDeleted, func(who switchboard.Principal) error { return s.Auth.DeleteAccount(t.Context(), admin, who.Account) }},
	} {
		name := fmt.Sprint("user", i)
		who := s.AddAccount(t, name, switchboard.User, false)
		client := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: s.Info.XMPP, Domain: s.Tenant.Domain})
		client.Login(name, boardtest.Password)
		client.Bind("here")
		if err := c.end(who); err != nil {
			t.Fatal(err)
		}
		want := "<ended xmlns='urn:switchboard:notice:0' code='" + c.code + "'/>"
		if f := client.Ended(true); f == nil || f.Condition != stanza.StreamNotAuthorized || f.Text == "" || string(f.App) != want {
			t.Errorf("%s: %+v", c.code, f)
		}
	}
}
