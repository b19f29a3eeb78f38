package stanza

// Page is what a client asks for by result set management (XEP-0059).
type Page struct {
	Max       int    // how many results; -1: not said
	After     string // results after this id
	Before    string // results before this id
	HasAfter  bool
	HasBefore bool // with an empty Before: the last page (XEP-0059 §2.5)
	Index     int  // results from this place on; -1: not said
}

// PageOf reads the <set/> child of a query. Without one, ok is false and the
// page says nothing. The error is the stanza error bad-request.
func PageOf(query Element) (p Page, ok bool, err error) { return Page{}, false, nil }

// PageResult is what the answer says about the page it carries.
type PageResult struct {
	First, Last string // ids; empty for a page without results
	Index       int    // of First; -1: not said
	Count       int    // of all results; -1: not said
}

// AppendTo appends the <set/> element.
func (p PageResult) AppendTo(dst []byte) []byte { return dst }
