package interop

import (
	"slices"
	"strings"
	"testing"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/config"
	"switchboard/desk"
	"switchboard/stanza"
)

// twoNodes starts two nodes on one PostgreSQL database, with one NATS server
// between them.
func twoNodes(t *testing.T) (a, b *boardtest.Server) {
	t.Helper()
	nats, err := bus.Embedded(bus.EmbeddedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nats.Stop)
	database := boardtest.Postgres(t)
	start := func(name string) *boardtest.Server {
		return boardtest.Node(t, boardtest.NodeOptions{Config: func(c *config.Config) {
			c.Database, c.Cluster.NATS, c.Cluster.Node = database, nats.URL(), name
		}})
	}
	return start("first"), start("second")
}

// stream signs in at a node and becomes available.
func stream(t *testing.T, at *boardtest.Server, name, resource string) *boardtest.XMPPClient {
	t.Helper()
	c := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: at.Info.XMPP, Domain: "localhost"})
	c.Login(name, boardtest.Password)
	c.Bind(resource)
	c.Ask("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>")
	c.Come("")
	return c
}

// body waits for a message with a text.
func body(t *testing.T, c *boardtest.XMPPClient, text string) stanza.Element {
	t.Helper()
	return c.Until("the message "+text, func(e stanza.Element) bool {
		return e.Name() == stanza.Message && e.ChildText(stanza.NSClient, "body") == text
	})
}

// presence waits for presence of a type.
func presence(t *testing.T, c *boardtest.XMPPClient, from, kind string) stanza.Element {
	t.Helper()
	return c.Until("presence "+kind+" from "+from, func(e stanza.Element) bool {
		return e.Name() == stanza.Presence && e.Attr("from") == from && e.Type() == kind
	})
}

// push waits for a roster push.
func push(t *testing.T, c *boardtest.XMPPClient, jid, subscription string) {
	t.Helper()
	c.Until("to "+c.JID+" a roster push of "+jid+" "+subscription, func(e stanza.Element) bool {
		item := e.Child(stanza.NSRoster, "query").Child(stanza.NSRoster, "item")
		return e.Name() == stanza.IQ && e.Type() == stanza.Set && item.Attr("jid") == jid && item.Attr("subscription") == subscription
	})
}

func TestTwoNodes(t *testing.T) {
	t.Parallel()
	first, second := twoNodes(t)
	people := map[string]switchboard.Principal{}
	for _, name := range []string{"alice", "bob", "carol"} {
		people[name] = first.AddAccount(t, name, switchboard.User, false)
	}
	alice, bob := stream(t, first, "alice", "one"), stream(t, second, "bob", "two")

	t.Run("messages", func(t *testing.T) { twoNodesMessages(t, alice, bob) })
	t.Run("roster and presence", func(t *testing.T) { twoNodesRoster(t, first, alice, bob) })
	t.Run("group", func(t *testing.T) { twoNodesGroup(t, first, second, people, alice, bob) })
	t.Run("customer", func(t *testing.T) { twoNodesCustomer(t, first, second) })
}

func twoNodesMessages(t *testing.T, alice, bob *boardtest.XMPPClient) {
	alice.Send("<message type='chat' to='bob@localhost' id='1'><body>to the bare address</body></message>")
	first := body(t, bob, "to the bare address")
	bob.Send("<message type='chat' to='" + first.Attr("from") + "' id='2'><body>to the full address</body></message>")
	body(t, alice, "to the full address")
	var want []string
	for i := range 200 { // and in order
		text := strings.Repeat("x", i%7) + string(rune('a'+i%26))
		alice.Send("<message type='chat' to='" + bob.JID + "'><body>" + text + "</body></message>")
		want = append(want, text)
	}
	for _, text := range want {
		e := bob.Until("a message", func(e stanza.Element) bool { return e.Name() == stanza.Message })
		if got := e.ChildText(stanza.NSClient, "body"); got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
	}
	want = append([]string{"to the bare address", "to the full address"}, want...)
	same(t, "alice's archive, read at the first node", texts(t, readArchive(t, alice, "")), want)
	same(t, "bob's archive, read at the second node", texts(t, readArchive(t, bob, "")), want)
}

func twoNodesRoster(t *testing.T, first *boardtest.Server, alice, bob *boardtest.XMPPClient) {
	other := stream(t, first, "bob", "one") // bob's second device, at alice's node
	alice.Send("<presence type='subscribe' to='bob@localhost'/>")
	presence(t, bob, "alice@localhost", "subscribe")
	bob.Send("<presence type='subscribed' to='alice@localhost'/><presence type='subscribe' to='alice@localhost'/>")
	push(t, alice, "bob@localhost", "to")
	presence(t, alice, bob.JID, "")
	push(t, other, "alice@localhost", "from")
	alice.Send("<presence type='subscribed' to='bob@localhost'/>")
	push(t, bob, "alice@localhost", "both")
	push(t, other, "alice@localhost", "both")
	presence(t, bob, alice.JID, "")
	bob.Send("<presence><show>away</show><status>tea</status></presence>")
	if e := alice.Until("bob away", func(e stanza.Element) bool {
		return e.Attr("from") == bob.JID && e.ChildText(stanza.NSClient, "show") == "away"
	}); e.ChildText(stanza.NSClient, "status") != "tea" {
		t.Errorf("alice got %s", e.Raw())
	}
	bob.Ask("<iq type='set' id='name'><query xmlns='jabber:iq:roster'><item jid='alice@localhost' name='Al'/></query></iq>")
	other.Until("the new name", func(e stanza.Element) bool {
		return e.Child(stanza.NSRoster, "query").Child(stanza.NSRoster, "item").Attr("name") == "Al"
	})
	from := other.JID
	other.Close()
	presence(t, alice, from, "unavailable")
}

func twoNodesGroup(t *testing.T, first, second *boardtest.Server, people map[string]switchboard.Principal, alice, bob *boardtest.XMPPClient) {
	carols := []*boardtest.XMPPClient{stream(t, first, "carol", "one"), stream(t, second, "carol", "two")}
	group, err := first.Chat.CreateGroup(t.Context(), people["alice"], chat.NewGroup{Name: "Tea",
		Members: []switchboard.AccountID{people["bob"].Account, people["carol"].Account}})
	if err != nil {
		t.Fatal(err)
	}
	address := group.JID.String()
	everybody := append([]*boardtest.XMPPClient{alice, bob}, carols...)
	say := func(c *boardtest.XMPPClient, text string) {
		c.Send("<message type='groupchat' to='" + address + "'><body>" + text + "</body></message>")
		name, _, _ := strings.Cut(c.JID, "@")
		for _, each := range everybody {
			if e := body(t, each, text); e.Attr("from") != address+"/"+name || e.Type() != "groupchat" {
				t.Errorf("%s got %s", each.JID, e.Raw())
			}
		}
	}
	say(alice, "from the first node")
	say(bob, "from the second node")
	say(carols[1], "from carol")
	want := []string{"from the first node", "from the second node", "from carol"}
	for _, c := range everybody {
		all := slices.DeleteFunc(texts(t, readArchive(t, c, address)), func(body string) bool { return body == "" })
		same(t, "the group's archive, read by "+c.JID, all, want)
	}
}

// A visitor at one node, an operator at the other.
func twoNodesCustomer(t *testing.T, first, second *boardtest.Server) {
	operator := first.AddAccount(t, "olga", switchboard.Operator, false)
	olga := stream(t, second, "olga", "desk")
	registered, err := first.Auth.RegisterVisitor(t.Context(), auth.VisitorRequest{Tenant: first.Tenant.ID, DeviceType: "web"})
	if err != nil {
		t.Fatal(err)
	}
	visitor := boardtest.DialXMPP(t, boardtest.XMPPAddress{TCP: first.Info.XMPP, Domain: "localhost"})
	visitor.Login(registered.Username, registered.Password)
	visitor.Bind("widget")
	visitor.Come("")
	c, err := first.Desk.Open(t.Context(), registered.Principal, desk.OpenRequest{Text: "is anybody there?"})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Desk.Accept(t.Context(), operator, c.ID); err != nil {
		t.Fatal(err)
	}
	visitor.Until("the operator", func(e stanza.Element) bool {
		return e.Child(stanza.NSConversation, "conversation").Attr("event") == "operator-joined"
	})
	address := c.GroupJID.String()
	olga.Send("<message type='groupchat' to='" + address + "'><body>I am</body></message>")
	body(t, visitor, "I am")
	visitor.Send("<message type='groupchat' to='" + address + "'><body>good</body></message>")
	body(t, olga, "good")
	if err := second.Desk.End(t.Context(), operator, c.ID, "Answered", ""); err != nil {
		t.Fatal(err)
	}
	visitor.Until("the end", func(e stanza.Element) bool {
		return e.Child(stanza.NSConversation, "conversation").Attr("event") == "ended"
	})
}
