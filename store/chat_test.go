package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"switchboard"
	"switchboard/store"
)

func numbers(rows []store.Archived) string {
	var s string
	for _, r := range rows {
		s += fmt.Sprint(r.Number, " ")
	}
	return s
}

func TestArchiveRanges(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 3)
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := range 10 {
				e, entries := message(tenant.ID, accounts[1+i%2], accounts[0], fmt.Sprint(i))
				e.Time = begin.Add(time.Duration(i) * time.Second)
				tx.Append(e, entries...)
			}
			return nil
		}))
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			for want, r := range map[string]store.ArchiveRange{
				"1 2 3 ":    {Limit: 3},
				"10 9 8 ":   {Limit: 3, Newest: true},
				"5 6 ":      {Above: 4, Below: 7, Limit: 10},
				"2 4 6 ":    {OnlyPeer: true, Peer: "u2", Limit: 3},
				"6 4 ":      {OnlyPeer: true, Peer: "u2", Limit: 2, Skip: 2, Newest: true},
				"":          {OnlyPeer: true, Limit: 10},
				"7 8 9 10 ": {OnlyPeer: false, Above: 6, Limit: 4},
			} {
				rows, err := tx.ArchiveMessages(accounts[0].Archive, r)
				if got := numbers(rows); err != nil || got != want {
					t.Errorf("%+v: %q, %v; want %q", r, got, err, want)
				}
			}
			for after, want := range map[time.Duration]int64{-time.Hour: 1, 0: 1, 1: 1, time.Microsecond: 2, 9 * time.Second: 10, time.Hour: 11} {
				if n, err := tx.ArchiveSince(accounts[0].Archive, begin.Add(after)); err != nil || n != want {
					t.Errorf("since %v: %d, %v; want %d", after, n, err, want)
				}
			}
			one, err := tx.ArchiveMessage(accounts[0].Archive, 4)
			if err != nil || string(one.Payload) != "3" || one.Peer != "u2" || one.Actor != accounts[2].ID || !one.Time.Equal(begin.Add(3*time.Second)) {
				t.Errorf("%+v, %v", one, err)
			}
			if _, err := tx.ArchiveMessage(accounts[0].Archive, 11); err != store.ErrNone {
				t.Errorf("message 11: %v", err)
			}
			n, err := tx.CountMessages(accounts[0].Archive, "u1", true)
			if err != nil || n != 5 {
				t.Errorf("%d messages with u1, %v", n, err)
			}
			return nil
		}))
	})
}

func TestHeadsAndDisplayed(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := range 6 { // 1, 3, 5 come from the other side
				e, entries := message(tenant.ID, accounts[(i+1)%2], accounts[i%2], "x")
				tx.Append(e, entries...)
			}
			return nil
		}))
		check := func(unread, displayed int64) {
			t.Helper()
			must(t, db.Read(t.Context(), func(tx *store.Tx) error {
				heads, err := tx.Heads(accounts[0].Archive)
				if err != nil || len(heads) != 1 || heads[0] != (store.Head{Peer: "u1", Last: 6, Position: 6, Unread: unread, Displayed: displayed}) {
					t.Errorf("%+v, %v; want %d unread", heads, err, unread)
				}
				return nil
			}))
		}
		check(3, 0)
		for _, step := range [][3]int64{{3, 1, 3}, {2, 1, 3}, {6, 0, 6}} { // it does not go back
			must(t, db.Write(t.Context(), func(tx *store.Tx) error {
				return tx.SetDisplayed(accounts[0].Archive, accounts[0].ID, "u1", step[0])
			}))
			check(step[1], step[2])
		}
	})
}

func TestOfflineRows(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		archive := accounts[1].Archive
		read := func(after int64) string {
			t.Helper()
			var rows []store.Archived
			must(t, db.Read(t.Context(), func(tx *store.Tx) (err error) {
				rows, err = tx.OfflineMessages(archive, after, 100)
				return err
			}))
			return numbers(rows)
		}
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := range 5 {
				e, entries := message(tenant.ID, accounts[0], accounts[1], "x")
				entries[1].Offline = i%2 == 0
				tx.Append(e, entries...)
			}
			rows, err := tx.OfflineMessages(archive, 0, 100) // sees what it has appended itself
			if err != nil || numbers(rows) != "1 3 5 " {
				t.Errorf("%q, %v", numbers(rows), err)
			}
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for range 2 {
				if err := tx.InsertOffline(archive, 2); err != nil {
					return err
				}
			}
			return tx.DeleteOffline(archive, 3, 3)
		}))
		if got := read(0) + "| " + read(2); got != "1 2 5 | 5 " {
			t.Errorf("waiting: %q", got)
		}
	})
}

func TestRosterRevisions(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		_, accounts := people(t, db, 1)
		id := accounts[0].ID
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			for i := range 10 {
				r, err := tx.NextRosterRevision(id)
				if err != nil {
					return err
				}
				c := store.Contact{Account: id, JID: fmt.Sprintf("c%d@x", i), Listed: i%2 == 0, Revision: r, Labels: []string{"a,b", "ü"},
					Request: []byte("<presence/>"), Requested: i == 9}
				for range 2 {
					if err := tx.PutContact(c); err != nil {
						return err
					}
				}
			}
			return tx.TrimRoster(id, 2)
		}))
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			last, floor, err := tx.RosterRevision(id)
			if err != nil || last != 10 || floor != 4 { // 2 and 4 were dropped, 6 and 8 stay
				t.Errorf("revision %d, floor %d, %v", last, floor, err)
			}
			rows, err := tx.Contacts(id, -1)
			if err != nil || len(rows) != 8 || rows[0].Labels[1] != "ü" || string(rows[7].Request) != "<presence/>" {
				t.Errorf("%+v, %v", rows, err)
			}
			if waiting, err := tx.Requests(id); err != nil || len(waiting) != 1 || waiting[0].JID != "c9@x" {
				t.Errorf("%+v, %v", waiting, err)
			}
			if _, err := tx.Contact(id, "c1@x"); err != store.ErrNone {
				t.Errorf("a dropped row: %v", err)
			}
			if n, err := tx.CountContacts(id); err != nil || n != 6 {
				t.Errorf("%d contacts, %v", n, err)
			}
			return nil
		}))
	})
}

func TestGroupRows(t *testing.T) {
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 2)
		var g store.Group
		must(t, db.Write(t.Context(), func(tx *store.Tx) (err error) {
			if g, err = tx.InsertGroup(store.Group{Tenant: tenant.ID, Localpart: "g", Name: "'G'"}); err != nil {
				return err
			}
			for i, want := range []bool{true, false} {
				if added, err := tx.InsertMember(g.ID, accounts[0].ID, "owner"); err != nil || added != want {
					t.Errorf("time %d: added %v, %v", i, added, err)
				}
			}
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error {
			tx.Append(&switchboard.Event{Tenant: tenant.ID, Kind: switchboard.MessageSent, Actor: accounts[0].ID, Subject: int64(g.ID),
				Payload: []byte("x")}, &store.Entry{Archive: g.Archive, Peer: "u0"})
			return nil
		}))
		must(t, db.Write(t.Context(), func(tx *store.Tx) error { // who comes later has nothing to catch up
			_, err := tx.InsertMember(g.ID, accounts[1].ID, "member")
			return err
		}))
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			members, err := tx.Members(g.ID)
			if err != nil || len(members) != 2 || members[1].Localpart != "u1" || members[1].Displayed != 1 || members[0].Displayed != 0 {
				t.Errorf("%+v, %v", members, err)
			}
			all, err := tx.Memberships(accounts[0].ID)
			if err != nil || len(all) != 1 || all[0].Last != 1 || all[0].Position == 0 || all[0].Name != "'G'" {
				t.Errorf("%+v, %v", all, err)
			}
			return nil
		}))
	})
}

// TestThreads compares ranges of one peer with what a look at every message finds.
func TestThreads(t *testing.T) {
	const messages = 3000
	eachEngine(t, func(t *testing.T, db *store.DB) {
		tenant, accounts := people(t, db, 4)
		r := rand.New(rand.NewPCG(1, 2))
		want := map[string][]int64{}
		for n := int64(1); n <= messages; {
			must(t, db.Write(t.Context(), func(tx *store.Tx) error {
				for range r.IntN(40) + 1 {
					who := accounts[1+(n%7+1)/3] // a pattern of three, in unequal shares
					e, entries := message(tenant.ID, who, accounts[0], "x")
					tx.Append(e, entries...)
					want[who.Localpart] = append(want[who.Localpart], n)
					n++
				}
				return nil
			}))
		}
		must(t, db.Read(t.Context(), func(tx *store.Tx) error {
			for i := range 400 {
				q := store.ArchiveRange{OnlyPeer: true, Peer: fmt.Sprintf("u%d", 1+r.IntN(3)), Newest: r.IntN(2) == 0, Limit: 1 + r.IntN(120)}
				if r.IntN(3) > 0 {
					q.Above = r.Int64N(messages + 50)
				}
				if r.IntN(3) > 0 {
					q.Below = 1 + r.Int64N(messages+50)
				}
				if r.IntN(3) == 0 {
					q.Skip = r.IntN(200)
				}
				expect := slices.DeleteFunc(slices.Clone(want[q.Peer]), func(n int64) bool { return n <= q.Above || q.Below > 0 && n >= q.Below })
				if q.Newest {
					slices.Reverse(expect)
				}
				expect = expect[min(q.Skip, len(expect)):]
				expect = expect[:min(q.Limit, len(expect))]
				rows, err := tx.ArchiveMessages(accounts[0].Archive, q)
				if err != nil {
					return err
				}
				got := make([]int64, len(rows))
				for i := range rows {
					got[i] = rows[i].Number
				}
				if !slices.Equal(got, expect) {
					t.Fatalf("query %d, %+v: got %v, want %v", i, q, got, expect)
				}
			}
			for peer, all := range want {
				if n, err := tx.CountMessages(accounts[0].Archive, peer, true); err != nil || n != len(all) {
					t.Errorf("%s: %d messages, %v; want %d", peer, n, err, len(all))
				}
			}
			return nil
		}))
	})
}
