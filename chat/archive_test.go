package chat_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"switchboard"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/store"
)

// clock is a time that tests move.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time {
	return fixedTime.Add(time.Duration(c.micros.Load()) * time.Microsecond)
}

func (c *clock) advance(d time.Duration) { c.micros.Add(d.Microseconds()) }

func ids(messages []chat.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.ID)
	}
	return strings.Join(all, " ")
}

// fill makes an archive of 20 messages, one a minute: even ones with bob, odd
// ones with carol; every third is sent by the other side.
func fill(t *testing.T, w *world) (alice, bob, carol switchboard.Principal) {
	alice, bob, carol = w.user("alice"), w.user("bob"), w.user("carol")
	for i := range 20 {
		other := bob
		if i%2 == 1 {
			other = carol
		}
		if id := fmt.Sprint(i); i%3 == 2 {
			w.send(other, draft(other, "phone", "alice@example.org/r", chat.Chat, id, "x"))
		} else {
			w.send(alice, draft(alice, "r", other.Bare().String(), chat.Chat, id, "x"))
		}
		w.clock.advance(time.Minute)
	}
	return alice, bob, carol
}

func TestArchive(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob, _ := fill(t, w)
		all, err := w.chat.Archive(t.Context(), alice, chat.ArchiveQuery{})
		if err != nil || len(all.Messages) != 20 || !all.Complete {
			t.Fatalf("%d messages, complete %v, %v", len(all.Messages), all.Complete, err)
		}
		id := func(i int) string { return all.Messages[i].StanzaID }
		at := func(i int) time.Time { return fixedTime.Add(time.Duration(i) * time.Minute) }
		seq := func(from, to, step int) string {
			var s []string
			for i := from; i <= to; i += step {
				s = append(s, fmt.Sprint(i))
			}
			return strings.Join(s, " ")
		}
		for name, c := range map[string]struct {
			q        chat.ArchiveQuery
			want     string
			complete bool
		}{
			"first page":         {chat.ArchiveQuery{Max: 5}, seq(0, 4, 1), false},
			"next page":          {chat.ArchiveQuery{Max: 5, After: id(4)}, seq(5, 9, 1), false},
			"last of the pages":  {chat.ArchiveQuery{Max: 5, After: id(14)}, seq(15, 19, 1), true},
			"after the last":     {chat.ArchiveQuery{Max: 5, After: id(19)}, "", true},
			"last page":          {chat.ArchiveQuery{Max: 5, Last: true}, seq(15, 19, 1), false},
			"page before":        {chat.ArchiveQuery{Max: 5, Before: id(15)}, seq(10, 14, 1), false},
			"first page before":  {chat.ArchiveQuery{Max: 5, Before: id(5)}, seq(0, 4, 1), true},
			"flipped":            {chat.ArchiveQuery{Max: 3, Last: true, Flip: true}, "19 18 17", false},
			"with":               {chat.ArchiveQuery{With: bob.Bare()}, seq(0, 18, 2), true},
			"with, paged":        {chat.ArchiveQuery{With: bob.Bare(), Max: 3, After: id(7)}, "8 10 12", false},
			"with a full one":    {chat.ArchiveQuery{With: jid("bob@example.org/phone")}, "2 8 14", true},
			"full, last":         {chat.ArchiveQuery{With: jid("bob@example.org/phone"), Max: 1, Last: true}, "14", false},
			"with a stranger":    {chat.ArchiveQuery{With: jid("eve@example.com")}, "", true},
			"start":              {chat.ArchiveQuery{Start: at(15)}, seq(15, 19, 1), true},
			"between":            {chat.ArchiveQuery{Start: at(14).Add(1), End: at(16)}, "15 16", true},
			"end":                {chat.ArchiveQuery{End: at(3).Add(time.Second)}, "0 1 2 3", true},
			"before all":         {chat.ArchiveQuery{End: at(-1)}, "", true},
			"after all":          {chat.ArchiveQuery{Start: at(99)}, "", true},
			"between, last page": {chat.ArchiveQuery{Start: at(3), End: at(12), Max: 2, Last: true}, "11 12", false},
			"after-id":           {chat.ArchiveQuery{AfterID: id(9), BeforeID: id(13)}, "10 11 12", true},
			"after-id and after": {chat.ArchiveQuery{AfterID: id(9), After: id(11), Max: 2}, "12 13", false},
			"ids":                {chat.ArchiveQuery{IDs: []string{id(7), id(2)}}, "2 7", true},
			"nothing asked for":  {chat.ArchiveQuery{Max: -1}, "", false},
			"with, between":      {chat.ArchiveQuery{With: bob.Bare(), Start: at(3), End: at(9)}, "4 6 8", true},
		} {
			page, err := w.chat.Archive(t.Context(), alice, c.q)
			if err != nil || ids(page.Messages) != c.want || page.Complete != c.complete {
				t.Errorf("%s: got %q, complete %v, %v; want %q, %v", name, ids(page.Messages), page.Complete, err, c.want, c.complete)
			}
			if n := len(page.Messages); n > 0 {
				first, last := page.Messages[0].StanzaID, page.Messages[n-1].StanzaID
				if c.q.Flip {
					first, last = last, first
				}
				if page.First != first || page.Last != last {
					t.Errorf("%s: the page's ends are %s, %s", name, page.First, page.Last)
				}
			}
		}
		ends, err := w.chat.ArchiveEnds(t.Context(), alice, switchboard.JID{})
		if err != nil || ends.FirstID != id(0) || ends.LastID != id(19) || !ends.FirstTime.Equal(at(0)) || !ends.LastTime.Equal(at(19)) {
			t.Errorf("ends %+v, %v", ends, err)
		}
	})
}

func TestArchiveRefusals(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob, _ := fill(t, w)
		dave := w.user("dave")
		theirs, err := w.chat.Archive(t.Context(), bob, chat.ArchiveQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{theirs.First, "1", "unknown", "' OR 1=1", strings.Repeat("a", 13)} {
			for _, q := range []chat.ArchiveQuery{{After: id}, {Before: id}, {AfterID: id}, {BeforeID: id}, {IDs: []string{id}}} {
				_, err := w.chat.Archive(t.Context(), alice, q)
				wantCode(t, err, switchboard.NotFound, "item-not-found")
			}
		}
		_, err = w.chat.Archive(t.Context(), alice, chat.ArchiveQuery{Of: bob.Bare()})
		wantCode(t, err, switchboard.Forbidden, "archive-forbidden")
		_, err = w.chat.Archive(t.Context(), alice, chat.ArchiveQuery{Of: jid("g@mix.example.org")})
		wantCode(t, err, switchboard.NotFound, "group-not-found")
		_, err = w.chat.Archive(t.Context(), alice, chat.ArchiveQuery{IDs: slices.Repeat([]string{"x"}, 1000)})
		wantCode(t, err, switchboard.TooLarge, "too-many-ids")
		for _, q := range []chat.ArchiveQuery{{}, {Last: true}, {Start: fixedTime}, {End: fixedTime}} {
			if page, err := w.chat.Archive(t.Context(), dave, q); err != nil || len(page.Messages) != 0 || !page.Complete {
				t.Errorf("an empty archive: %+v, %v", page, err)
			}
		}
		if ends, err := w.chat.ArchiveEnds(t.Context(), dave, switchboard.JID{}); err != nil || ends != (chat.ArchiveEnds{}) {
			t.Errorf("ends of nothing: %+v, %v", ends, err)
		}
	})
}

func TestHistory(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		alice, bob, carol := fill(t, w)
		ctx := t.Context()
		for name, c := range map[string]struct {
			q    chat.HistoryQuery
			want string
		}{
			"newest":   {chat.HistoryQuery{Size: 3}, "18 16 14"},
			"page 2":   {chat.HistoryQuery{Size: 3, Page: 2}, "12 10 8"},
			"page 4":   {chat.HistoryQuery{Size: 3, Page: 4}, "0"},
			"page 5":   {chat.HistoryQuery{Size: 3, Page: 5}, ""},
			"forward":  {chat.HistoryQuery{Size: 3, From: "8"}, "8 10 12"},
			"backward": {chat.HistoryQuery{Size: 3, From: "8", Backward: true}, "8 6 4"},
		} {
			c.q.With = bob.Bare()
			page, err := w.chat.History(ctx, alice, c.q)
			if err != nil || ids(page.Messages) != c.want || page.Total != 10 || page.Pages != 4 {
				t.Errorf("%s: %q of %d in %d pages, %v; want %q", name, ids(page.Messages), page.Total, page.Pages, err, c.want)
			}
		}
		_, err := w.chat.History(ctx, alice, chat.HistoryQuery{With: bob.Bare(), From: "7"}) // carol's
		wantCode(t, err, switchboard.NotFound, "item-not-found")
		page, err := w.chat.History(ctx, alice, chat.HistoryQuery{With: bob.Bare(), Size: 1})
		if err != nil || page.Messages[0].Body() != "x" || page.Messages[0].From != jid("alice@example.org/r") {
			t.Errorf("%+v, %v", page.Messages, err)
		}
		recent, err := w.chat.Recent(ctx, alice, chat.RecentQuery{})
		if err != nil || len(recent.Chats) != 2 || recent.Chats[0].Peer != carol.Bare() || recent.Chats[1].Peer != bob.Bare() ||
			recent.Chats[0].Last.ID != "19" || recent.Chats[0].Unread != 3 || recent.Chats[1].Unread != 3 || recent.Total != 2 {
			t.Errorf("%+v, %v", recent, err)
		}
		after, err := w.chat.Recent(ctx, alice, chat.RecentQuery{After: fixedTime.Add(18*time.Minute + time.Second)})
		if err != nil || len(after.Chats) != 1 || after.Chats[0].Peer != carol.Bare() {
			t.Errorf("%+v, %v", after, err)
		}
		if err := w.chat.MarkDisplayed(ctx, alice, bob.Bare(), "8"); err != nil {
			t.Fatal(err)
		}
		if n, err := w.chat.Unread(ctx, alice); err != nil || n != 4 { // 14 of bob's; 5, 11, 17 of carol's
			t.Errorf("%d unread, %v", n, err)
		}
		for _, p := range []switchboard.Principal{bob, carol} {
			if err := w.chat.MarkDisplayed(ctx, alice, p.Bare(), ""); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := w.chat.Unread(ctx, alice); err != nil || n != 0 {
			t.Errorf("%d unread, %v", n, err)
		}
	})
}

// BenchmarkArchive reads pages of 100 out of an archive of 20 000 messages.
func BenchmarkArchive(b *testing.B) {
	w := newWorld(b, store.Options{Dir: b.TempDir()})
	alice, bob := w.user("alice"), w.user("bob")
	b.Cleanup(w.bus.Subscribe(bus.Account(bob.Account), func(bus.Signal) bool { return true }))
	d := draft(alice, "r", "bob@example.org", chat.Chat, "i", strings.Repeat("x", 250))
	done := make(chan error, 1)
	for i := range 20_000 {
		last := i == 19_999
		w.chat.SendAsync(alice, d, func(_ chat.Message, err error) {
			if last {
				done <- err
			}
		})
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	middle, err := w.chat.Archive(context.Background(), alice, chat.ArchiveQuery{Max: 250})
	if err != nil {
		b.Fatal(err)
	}
	for name, q := range map[string]chat.ArchiveQuery{
		"last":       {Last: true, Max: 100},
		"after":      {After: middle.Last, Max: 100},
		"with, last": {With: bob.Bare(), Last: true, Max: 100},
		"start":      {Start: middle.Messages[200].Time, Max: 100},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if page, err := w.chat.Archive(context.Background(), alice, q); err != nil || len(page.Messages) != 100 {
					b.Fatal(len(page.Messages), err)
				}
			}
		})
	}
}
