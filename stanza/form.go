package stanza

// Form is a data form (XEP-0004).
type Form struct {
	Type         string // form, submit, cancel or result
	Title        string
	Instructions string
	Fields       []Field
}

// Field is one field of a form.
type Field struct {
	Var, Type, Label string
	Values           []string
	Options          []Option
	Required         bool
}

// Option is one choice of a list field.
type Option struct{ Label, Value string }

// FormOf reads the <x xmlns='jabber:x:data'/> child of e, or e itself if it is
// one.
func FormOf(e Element) (f Form, ok bool) { return Form{}, false }

// FormType is the value of the field FORM_TYPE (XEP-0068).
func (f Form) FormType() string { return "" }

// Get is the first value of a field, "" if there is none.
func (f Form) Get(name string) string { return "" }

// Values are all values of a field.
func (f Form) Values(name string) []string { return nil }

// Has reports whether a field is there.
func (f Form) Has(name string) bool { return false }

// AppendTo appends the form.
func (f Form) AppendTo(dst []byte) []byte { return dst }
