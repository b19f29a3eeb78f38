package web

import (
	"net/url"
	"strings"
)

// folder makes paths canonical: each word as its operation documents it, the
// variable parts as they came. Words win over variables.
type folder struct {
	fold bool // compare words without regard to case
	root *segment
}

type segment struct {
	words map[string]*segment // by key(word)
	word  string              // as documented
	any   *segment            // a variable
	ends  bool                // a pattern ends here
}

func newFolder(fold bool) *folder { return &folder{fold: fold, root: &segment{}} }

func (f *folder) key(word string) string {
	if f.fold {
		return strings.ToLower(word)
	}
	return word
}

// add takes a pattern in and returns it as the mux shall know it: words that
// are there already in another spelling take the first one's.
func (f *folder) add(pattern string) string {
	at := f.root
	var out strings.Builder
	for _, part := range split(pattern) {
		out.WriteByte('/')
		if strings.HasPrefix(part, "{") {
			if at.any == nil {
				at.any = &segment{}
			}
			at = at.any
			out.WriteString(part)
			continue
		}
		next := at.words[f.key(part)]
		if next == nil {
			next = &segment{word: part}
			if at.words == nil {
				at.words = map[string]*segment{}
			}
			at.words[f.key(part)] = next
		}
		at = next
		out.WriteString(at.word)
	}
	at.ends = true
	return out.String()
}

// match is the canonical form of an escaped path, and whether its words were
// spelled as documented already. known is false if no pattern has this form.
func (f *folder) match(path string) (canonical string, exact, known bool) {
	parts := split(path)
	if !walk(f, f.root, parts, 0) {
		return path, false, false
	}
	before := strings.Join(split(path), "/")
	canonical = strings.Join(parts, "/")
	return "/" + canonical, before == canonical, true
}

// walk replaces the words of parts from i on by their documented spelling.
func walk(f *folder, at *segment, parts []string, i int) bool {
	if i == len(parts) {
		return at.ends
	}
	if next := at.words[f.key(parts[i])]; next != nil {
		sent := parts[i]
		parts[i] = next.word
		if walk(f, next, parts, i+1) {
			return true
		}
		parts[i] = sent
	}
	return at.any != nil && parts[i] != "" && walk(f, at.any, parts, i+1)
}

// first reports whether some pattern begins with this word, spelled so.
func (f *folder) first(path string) bool {
	parts := split(path)
	if len(parts) == 0 {
		return false
	}
	next := f.root.words[f.key(parts[0])]
	return next != nil && next.word == parts[0]
}

// split cuts a path at its slashes; a slash at its end counts for nothing, as
// both systems that the dialects follow have it.
func split(path string) []string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// at is a copy of u with another escaped path.
func at(u *url.URL, escaped string) (*url.URL, error) {
	path, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, err
	}
	c := *u
	c.Path, c.RawPath = path, escaped
	return &c, nil
}
