package interop

import (
	"os"
	"strconv"
	"testing"
)

// TestSDKSeenByOthers: the profile and picture, the block and the last seen that
// our own SDK sets are what a client that we did not write sees.
func TestSDKSeenByOthers(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("../ui/sdk/dist/index.js"); err != nil {
		t.Fatalf("the SDK is not built: run make ui (%v)", err)
	}
	b, given := server(t)
	given["api"] = "http://" + b.HTTP
	facts := python(t, "sdk", given)

	if p := one(t, facts, "profile", "bob/laptop"); p.Text != "Alice Liddell" || p.ID == "" || p.Body != p.ID || p.Type != p.ID {
		t.Errorf("the picture is %s, its data %s, the vCard has %s of %q", p.ID, p.Body, p.Type, p.Text)
	}
	if f := one(t, facts, "blocked", "bob/laptop"); f.Text == "" || f.Body == "" {
		t.Errorf("who is blocked gets the vCard (%q) or the last activity (%q)", f.Text, f.Body)
	}
	if f := one(t, facts, "here", "bob/laptop"); f.Body != "0" {
		t.Errorf("somebody who is here was here %s s ago", f.Body)
	}
	if s, err := strconv.Atoi(one(t, facts, "gone", "bob/laptop").Body); err != nil || s < 0 || s > 60 {
		t.Errorf("somebody who left just now was here %d s ago (%v)", s, err)
	}
}
