package stanza

import "cmp"

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
func FormOf(e Element) (f Form, ok bool) {
	if !e.Is(NSForm, "x") {
		e = e.Child(NSForm, "x")
	}
	if e.IsZero() {
		return Form{}, false
	}
	f = Form{Type: cmp.Or(e.Type(), "form"), Title: e.ChildText("", "title"), Instructions: e.ChildText("", "instructions")}
	for child := range e.ChildrenNamed("", "field") {
		f.Fields = append(f.Fields, fieldOf(child))
	}
	return f, true
}

func fieldOf(e Element) Field {
	f := Field{Var: e.Attr("var"), Type: e.Type(), Label: e.Attr("label"), Required: !e.Child("", "required").IsZero()}
	for v := range e.ChildrenNamed("", "value") {
		f.Values = append(f.Values, v.Text())
	}
	for o := range e.ChildrenNamed("", "option") {
		f.Options = append(f.Options, Option{Label: o.Attr("label"), Value: o.ChildText("", "value")})
	}
	return f
}

// FormType is the value of the field FORM_TYPE (XEP-0068).
func (f Form) FormType() string { return f.Get("FORM_TYPE") }

// Get is the first value of a field, "" if there is none.
func (f Form) Get(name string) string {
	if v := f.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Values are all values of a field.
func (f Form) Values(name string) []string {
	for i := range f.Fields {
		if f.Fields[i].Var == name {
			return f.Fields[i].Values
		}
	}
	return nil
}

// Has reports whether a field is there.
func (f Form) Has(name string) bool {
	for i := range f.Fields {
		if f.Fields[i].Var == name {
			return true
		}
	}
	return false
}

// Add appends a field; typ may be empty.
func (f *Form) Add(name, typ string, values ...string) {
	f.Fields = append(f.Fields, Field{Var: name, Type: typ, Values: values})
}

// AppendTo appends the form.
func (f Form) AppendTo(dst []byte) []byte {
	w := NewWriter(dst).Start("x", "xmlns", NSForm, "type", cmp.Or(f.Type, "form"))
	if f.Title != "" {
		w.Leaf("title", f.Title)
	}
	if f.Instructions != "" {
		w.Leaf("instructions", f.Instructions)
	}
	for _, field := range f.Fields {
		w.Start("field", "var", field.Var, "type", field.Type, "label", field.Label)
		if field.Required {
			w.Empty("required")
		}
		for _, v := range field.Values {
			w.Leaf("value", v)
		}
		for _, o := range field.Options {
			w.Start("option", "label", o.Label).Leaf("value", o.Value).End()
		}
		w.End()
	}
	return w.Bytes()
}
