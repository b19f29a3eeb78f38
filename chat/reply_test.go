package chat_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/chat"
)

func TestReply(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		alice, bob, carol := w.user("alice"), w.user("bob"), w.user("carol")
		first := w.send(alice, draft(alice, "laptop", "bob@example.org", chat.Chat, "first", "lunch?"))
		said, err := w.chat.SendText(ctx, bob, alice.Bare(), "yes", chat.SendOptions{ReplyTo: "first"})
		if err != nil || said.ReplyTo() != "first" || !strings.Contains(string(said.Stanza), "<reply xmlns='urn:xmpp:reply:0' to='alice@example.org' id='first'/>") {
			t.Fatalf("%v %s", err, said.Stanza)
		}
		// By the archive's id it is the same message; an archive of somebody else has it under another one.
		if said, err = w.chat.SendText(ctx, alice, bob.Bare(), "now", chat.SendOptions{ReplyTo: first.StanzaID}); err != nil || said.ReplyTo() != "first" {
			t.Fatalf("%v %s", err, said.Stanza)
		}
		_, err = w.chat.SendText(ctx, bob, alice.Bare(), "now", chat.SendOptions{ReplyTo: first.StanzaID})
		wantCode(t, err, switchboard.NotFound, "item-not-found")
		_, err = w.chat.SendText(ctx, carol, alice.Bare(), "me too", chat.SendOptions{ReplyTo: "first"})
		wantCode(t, err, switchboard.NotFound, "item-not-found")

		g := w.group(alice, bob)
		asked := w.send(alice, draft(alice, "laptop", g.JID.String(), chat.Groupchat, "question", "who?"))
		for _, id := range []string{"question", asked.StanzaID} {
			said, err := w.chat.SendText(ctx, bob, g.JID, "me", chat.SendOptions{ReplyTo: id})
			if err != nil || said.ReplyTo() != asked.StanzaID || !strings.Contains(string(said.Stanza), " to='"+g.JID.String()+"/alice' id='"+asked.StanzaID+"'/>") {
				t.Fatalf("%v %s", err, said.Stanza)
			}
		}
		found, err := w.chat.Find(ctx, bob, g.JID, asked.StanzaID)
		if err != nil || found.ID != "question" || found.Body() != "who?" {
			t.Error(err, found)
		}
		_, err = w.chat.Find(ctx, carol, g.JID, asked.StanzaID)
		wantCode(t, err, switchboard.NotFound, "group-not-found")
	})
}
