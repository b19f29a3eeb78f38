package chat_test

import (
	"testing"

	"switchboard/chat"
)

// A receipt is in the archive, but neither unread nor the last words of a chat.
func TestReceiptsAreQuiet(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob := w.user("alice"), w.user("bob")
		ctx := t.Context()
		if _, err := w.chat.SendText(ctx, alice, bob.Bare(), "hello", chat.SendOptions{ID: "m1"}); err != nil {
			t.Fatal(err)
		}
		receipt := []byte("<message xmlns='jabber:client' from='bob@example.org/r' to='alice@example.org' type='chat'>" +
			"<received xmlns='urn:xmpp:receipts' id='m1'/></message>")
		_, err := w.chat.Send(ctx, bob, chat.Draft{To: alice.Bare(), Type: chat.Chat, Stanza: receipt, Store: true, Quiet: true})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.chat.Unread(ctx, alice); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
		recent, err := w.chat.Recent(ctx, alice, chat.RecentQuery{})
		if err != nil || len(recent.Chats) != 1 || recent.Chats[0].Last.ID != "m1" {
			t.Errorf("recent %+v, %v", recent, err)
		}
		page, err := w.chat.Archive(ctx, alice, chat.ArchiveQuery{With: bob.Bare()})
		if err != nil || len(page.Messages) != 2 {
			t.Errorf("%d messages in the archive, %v", len(page.Messages), err)
		}
	})
}
