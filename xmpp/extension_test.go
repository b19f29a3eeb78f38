package xmpp_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"switchboard/xmpp"
)

var update = flag.Bool("update", false, "write the golden files again")

// TestFeatures: everything that is registered stands in the golden file, so
// that each change of it shows.
func TestFeatures(t *testing.T) {
	const file = "testdata/features.golden"
	got := strings.Join(xmpp.Features(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got != string(want) {
		t.Errorf("%s is not up to date (go test ./xmpp -run TestFeatures -update): %v\n%s", file, err, got)
	}
}

// TestDuplicate: two files cannot claim the same thing.
func TestDuplicate(t *testing.T) {
	for _, c := range [][2]string{{"XEP-0001", "urn:two"}, {"XEP-0002", "urn:one"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is registered twice and nobody minds", c)
				}
			}()
			xmpp.Register(c[0], c[1])
		}()
	}
	xmpp.Register("XEP-0002", "urn:two")
}
