package stanza

import "strconv"

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
func PageOf(query Element) (p Page, ok bool, err error) {
	p = Page{Max: -1, Index: -1}
	set := query.Child(NSRSM, "set")
	if set.IsZero() {
		return p, false, nil
	}
	for child := range set.Children() {
		switch string(child.NameBytes()) {
		case "max":
			p.Max, err = count(child)
		case "index":
			p.Index, err = count(child)
		case "after":
			p.After, p.HasAfter = child.Text(), true
		case "before":
			p.Before, p.HasBefore = child.Text(), true
		}
		if err != nil {
			return p, true, err
		}
	}
	return p, true, nil
}

func count(e Element) (int, error) {
	n, err := strconv.ParseUint(e.Text(), 10, 31)
	if err != nil {
		return -1, NewError(BadRequest, "a malformed number in the result set request")
	}
	return int(n), nil
}

// AppendTo appends the <set/> element, as a client asks.
func (p Page) AppendTo(dst []byte) []byte {
	w := NewWriter(dst).Start("set", "xmlns", NSRSM)
	if p.Max >= 0 {
		w.Leaf("max", strconv.Itoa(p.Max))
	}
	if p.Index >= 0 {
		w.Leaf("index", strconv.Itoa(p.Index))
	}
	if p.HasAfter {
		w.Leaf("after", p.After)
	}
	if p.HasBefore {
		w.Leaf("before", p.Before)
	}
	return w.Bytes()
}

// PageResult is what the answer says about the page it carries.
type PageResult struct {
	First, Last string // ids; empty for a page without results
	Index       int    // of First; -1: not said
	Count       int    // of all results; -1: not said
}

// AppendTo appends the <set/> element.
func (p PageResult) AppendTo(dst []byte) []byte {
	w := NewWriter(dst).Start("set", "xmlns", NSRSM)
	if p.First != "" {
		w.Start("first")
		if p.Index >= 0 {
			w.Attr("index", strconv.Itoa(p.Index))
		}
		w.Text(p.First).End().Leaf("last", p.Last)
	}
	if p.Count >= 0 {
		w.Leaf("count", strconv.Itoa(p.Count))
	}
	return w.Bytes()
}

// PageResultOf reads the <set/> child of an answer.
func PageResultOf(answer Element) (p PageResult, ok bool) {
	p = PageResult{Index: -1, Count: -1}
	set := answer.Child(NSRSM, "set")
	if set.IsZero() {
		return p, false
	}
	first := set.Child("", "first")
	p.First, p.Last = first.Text(), set.ChildText("", "last")
	if n, err := strconv.Atoi(first.Attr("index")); err == nil {
		p.Index = n
	}
	if n, err := strconv.Atoi(set.ChildText("", "count")); err == nil {
		p.Count = n
	}
	return p, true
}
