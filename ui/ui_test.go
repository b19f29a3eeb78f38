package ui

import (
	"io/fs"
	"strings"
	"testing"
)

func TestPartsServeTheirEntryOrSayThatTheyAreNotBuilt(t *testing.T) {
	parts := []struct {
		name, entry string
		files       fs.FS
	}{{"console", "index.html", Console()}, {"widget", "widget.js", Widget()}, {"demo", "index.html", Demo()}, {"portal", "index.html", Portal()}}
	all := true
	for _, p := range parts {
		text, err := fs.ReadFile(p.files, p.entry)
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		missing := strings.Contains(string(text), "make build")
		if missing == exists(p.name, p.entry) {
			t.Errorf("%s: built %v, placeholder served %v", p.name, exists(p.name, p.entry), missing)
		}
		all = all && !missing
	}
	if Built() != all {
		t.Errorf("Built() = %v, the parts say %v", Built(), all)
	}
}
