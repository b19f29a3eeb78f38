package node

import (
	"context"
	"fmt"

	"switchboard"
	"switchboard/auth"
	"switchboard/chat"
	"switchboard/desk"
)

// demoPassword is the password of every demo account. They are made only when
// the configuration asks for a demo on a new installation.
const demoPassword = "demo-demo"

// demoPerson is an account of the demo.
type demoPerson struct {
	local, name, status string
	kind                switchboard.AccountKind
}

var demoPeople = []demoPerson{
	{"jana", "Jana Dvořáková", "", switchboard.Operator},
	{"petr", "Petr Malý", "", switchboard.Operator},
	{"alice", "Alice Moreau", "In the studio until Thursday", switchboard.User},
	{"bob", "Bob Keller", "Prints and paper", switchboard.User},
	{"chen", "Chen Wei", "Back on Monday", switchboard.User},
	{"prizes", "Lucky Prizes", "Ask me how", switchboard.User},
}

// demoTalk is what alice and bob have said.
var demoTalk = []struct{ from, to, text string }{
	{"alice", "bob", "Morning! Did the samples arrive?"},
	{"bob", "alice", "They did, all twelve. The blue one is my favourite."},
	{"alice", "bob", "Mine too. Shall we show it on Thursday?"},
	{"bob", "alice", "Yes. I will bring the prints."},
	{"chen", "alice", "Can you send me the dates for spring?"},
	{"alice", "chen", "On it, give me ten minutes."},
	{"prizes", "chen", demoSpam},
}

// demoSpam is what chen reported.
const demoSpam = "You won! Send your card number to claim it."

// demoContact is a customer's contact.
type demoContact struct {
	name, page string
	lines      []string // the customer's first, then in turns with the operator
	operator   string   // who accepted it; "" leaves it waiting
	result     string   // ends it
	note       string
}

var demoContacts = []demoContact{
	{"Marta Novak", "/demo/shop/", []string{"Hello, is the linen jacket available in size M?",
		"Hello Marta, yes: four are left.", "Lovely, I will take one. Thank you!", "You are welcome. Enjoy it!"},
		"jana", "Answered", "Asked about sizes; bought the jacket."},
	{"Tom Baker", "/demo/shop/", []string{"My order 10442 has not arrived yet.", "I am looking into it, one moment please."}, "jana", "", ""},
	{"Ines Costa", "/demo/shop/", []string{"Do you ship to Portugal?"}, "", "", ""},
	{"", "/demo/shop/", []string{"Hi, can I change the address of an order?", "It is order 10457."}, "", "", ""},
}

// seedDemo fills a new installation, so that every screen has something to show.
func (n *Node) seedDemo(ctx context.Context) error {
	admin, err := n.LocalAdmin(ctx)
	if err != nil {
		return err
	}
	people := map[string]switchboard.Principal{}
	for _, d := range demoPeople {
		_, err := n.Auth.CreateAccount(ctx, admin, auth.NewAccount{Localpart: d.local, Kind: d.kind, Password: demoPassword,
			Profile: auth.Profile{Name: d.name, Status: d.status}})
		if err != nil {
			return fmt.Errorf("demo account %s: %w", d.local, err)
		}
		if people[d.local], err = n.Auth.PrincipalFor(ctx, n.Tenant.Domain, d.local, 0); err != nil {
			return err
		}
	}
	for _, t := range demoTalk {
		if _, err := n.Chat.SendText(ctx, people[t.from], people[t.to].Bare(), t.text, chat.SendOptions{}); err != nil {
			return fmt.Errorf("demo message: %w", err)
		}
	}
	if err := n.seedInboxes(ctx, people); err != nil {
		return err
	}
	if err := n.Desk.SetOperatorState(ctx, people["jana"], people["jana"].Account, desk.Online, ""); err != nil {
		return err
	}
	for _, c := range demoContacts {
		if err := n.seedContact(ctx, c, people); err != nil {
			return fmt.Errorf("demo conversation: %w", err)
		}
	}
	return nil
}

// seedInboxes gives the administrator a report and feedback to look at.
func (n *Node) seedInboxes(ctx context.Context, people map[string]switchboard.Principal) error {
	spammer := people["prizes"]
	_, err := n.Chat.Report(ctx, people["chen"], chat.ReportDraft{About: spammer.Bare(), ChatType: chat.Chat,
		Messages: []chat.ReportedMessage{{ID: switchboard.NewUUID(), Text: demoSpam, Type: "text", Time: n.opts.Now(), Publisher: spammer.Localpart}}})
	if err != nil {
		return fmt.Errorf("demo report: %w", err)
	}
	return n.Chat.GiveFeedback(ctx, people["bob"], "Lovely app", "Could pictures open larger on a phone?")
}

func (n *Node) seedContact(ctx context.Context, d demoContact, people map[string]switchboard.Principal) error {
	made, err := n.Auth.RegisterVisitor(ctx, auth.VisitorRequest{Tenant: n.Tenant.ID, DeviceType: "web", Profile: auth.Profile{Name: d.name}})
	if err != nil {
		return err
	}
	visitor := made.Principal
	c, err := n.Desk.Open(ctx, visitor, desk.OpenRequest{Text: d.lines[0], Guest: desk.Guest{Name: d.name, URL: n.Info.URL + d.page,
		OS: "WINDOWS", Browser: "FF", Language: "en"}})
	if err != nil {
		return err
	}
	operator := visitor // who writes the even lines while nobody has accepted
	if d.operator != "" {
		operator = people[d.operator]
		if err := n.Desk.Accept(ctx, operator, c.ID); err != nil {
			return err
		}
	}
	for i, line := range d.lines[1:] {
		who := operator
		if i%2 == 1 {
			who = visitor
		}
		if _, err := n.Chat.SendText(ctx, who, c.GroupJID, line, chat.SendOptions{}); err != nil {
			return err
		}
	}
	if d.result == "" {
		return nil
	}
	return n.Desk.End(ctx, operator, c.ID, d.result, d.note)
}
