package interop

import "testing"

// TestSlixmppProfile: a picture that is published as avatar or in the vCard, and
// a nick, reach another client as XEP-0084, XEP-0153, XEP-0054 and XEP-0172 say.
func TestSlixmppProfile(t *testing.T) {
	t.Parallel()
	_, given := server(t)
	facts := python(t, "profile", given)
	published, looked := of(facts, "published", "alice/phone"), of(facts, "looked", "bob/laptop")
	if len(published) != 2 || len(looked) != 2 {
		t.Fatalf("%d pictures were published and %d looked at, want 2", len(published), len(looked))
	}
	for i, p := range published {
		if l := looked[i]; l.ID != p.ID || l.Body != p.ID || l.Text != "Alice Liddell" {
			t.Errorf("picture %s: the avatar is %s, the photo %s of %q", p.ID, l.ID, l.Body, l.Text)
		}
	}
	if f := one(t, facts, "renamed", "bob/laptop"); f.Text != "Alice in Wonderland" {
		t.Errorf("after the nick the vCard says %q", f.Text)
	}
	if n := len(of(facts, "stopped", "")); n != 2 {
		t.Errorf("%d of two clients saw the picture go", n)
	}
}
