package chat_test

import (
	"strings"
	"testing"

	"switchboard"
	"switchboard/chat"
)

// A profile changes with its picture and its vCard in one, and is told once; or not at all.
func TestChangeProfile(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ann, bob := w.user("ann"), w.user("bob")
		w.acquaint(ann, bob)
		w.run()
		ear := w.connect(bob, "r")
		data := pngOf(painting(30, 20, true))
		named := func(name string) func(*chat.Profile) { return func(p *chat.Profile) { p.Name = name } }
		pic, err := w.chat.ChangeProfile(ctx, ann, ann.Account, chat.ProfileChange{Fields: named("Ann"), Picture: data, VCard: []byte("<vCard/>")})
		if err != nil || w.imageOf(bob, ann) != pic.Image() {
			t.Fatal(pic, err)
		}
		w.until("bob hears of it", func() bool { return len(ear.notices(chat.NoticeProfile)) == 1 })
		if n := ear.notices(chat.NoticeProfile)[0]; n.Fields["name"] != "Ann" || !strings.Contains(n.Fields["image"], pic.Token) {
			t.Errorf("%+v", n)
		}
		vcard := func() string {
			t.Helper()
			raw, who, err := w.chat.VCard(ctx, bob, ann.Bare())
			if err != nil {
				t.Fatal(err)
			}
			return who.Profile.Name + string(raw)
		}
		if got := vcard(); got != "Ann<vCard/>" {
			t.Error(got)
		}
		long := strings.Repeat("x", 70_000)
		for what, c := range map[string]chat.ProfileChange{
			"a long name":      {Fields: named(long), Picture: pngOf(painting(5, 5, true)), VCard: []byte("<other/>")},
			"no picture":       {Fields: named("Other"), Picture: []byte("none"), VCard: []byte("<other/>")},
			"a large vCard":    {Fields: named("Other"), Picture: pngOf(painting(5, 5, true)), VCard: []byte(long)},
			"another's image":  {Fields: func(p *chat.Profile) { p.Image = "media:" + switchboard.NewToken() }, VCard: []byte("<other/>")},
			"and no picture":   {Fields: named(long), RemovePicture: true},
			"an empty picture": {Fields: named("Other"), Picture: []byte{}},
		} {
			if _, err := w.chat.ChangeProfile(ctx, ann, ann.Account, c); err == nil {
				t.Errorf("%s: taken", what)
			}
			if got := vcard(); got != "Ann<vCard/>" || w.imageOf(bob, ann) != pic.Image() {
				t.Errorf("%s: %s, %s", what, got, w.imageOf(bob, ann))
			}
		}
		w.until("what was refused has gone", func() bool { return w.count("SELECT count(*) FROM media") == 2 })
		before := w.db.Last()
		if _, err := w.chat.ChangeProfile(ctx, ann, ann.Account, chat.ProfileChange{Fields: named("Ann"), VCard: []byte("<vCard>2</vCard>")}); err != nil {
			t.Fatal(err)
		}
		if got := vcard(); got != "Ann<vCard>2</vCard>" || w.db.Last() != before {
			t.Error("a profile that says the same is told again: ", got)
		}
		visitor := w.account("visitor", switchboard.Visitor)
		_, err = w.chat.ChangeProfile(ctx, visitor, visitor.Account, chat.ProfileChange{Fields: named("Other"), VCard: []byte("<vCard/>")})
		if err == nil {
			t.Error("a customer publishes a vCard")
		}
		if _, err := w.chat.ChangeProfile(ctx, ann, ann.Account, chat.ProfileChange{RemovePicture: true}); err != nil || w.imageOf(bob, ann) != "" {
			t.Error(err)
		}
		w.until("bob hears of that, too", func() bool { return len(ear.notices(chat.NoticeProfile)) == 2 })
	})
}
