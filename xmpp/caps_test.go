package xmpp_test

import (
	"fmt"
	"strings"
	"testing"

	"switchboard/stanza"
	"switchboard/xmpp"
)

// TestInterestsAreBounded: what a client wants to be notified of is kept, for all
// clients of its kind; a few kilobytes of it.
func TestInterestsAreBounded(t *testing.T) {
	w := stanza.NewWriter(nil).Start("query", "xmlns", stanza.NSDiscoInfo)
	for i := range 150 {
		w.Empty("feature", "var", fmt.Sprintf("urn:%d:%s+notify", i, strings.Repeat("x", 1000)))
	}
	w.Empty("feature", "var", "urn:short+notify")
	want, err := xmpp.Interests(w.Bytes())
	if size := len(strings.Join(want, "")); err != nil || size > 16<<10 || size == 0 {
		t.Errorf("%d interests of %d bytes are kept: %v", len(want), size, err)
	}
	few, err := xmpp.Interests([]byte("<query xmlns='" + stanza.NSDiscoInfo + "'><feature var='b+notify'/><feature var='a'/><feature var='a+notify'/><feature var='+notify'/></query>"))
	if got := strings.Join(few, " "); got != "a b" || err != nil {
		t.Errorf("interests %q, %v", got, err)
	}
}
