package web

import (
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// merge puts form or query values into the body where it has no such field.
// free says that keys which the schema does not name may become members of a
// map.
func (f *fitter) merge(s *huma.Schema, fields map[string]any, values url.Values, free bool) (added bool) {
	lists := url.Values{} // tags[0], tags[1] and tags are one key
	for _, key := range sortedKeys(values) {
		plain := plainKey(key)
		switch {
		case f.params[plain] != nil && f.props[s][plain] == "":
		case f.props[s][plain] != "":
			lists[plain] = append(lists[plain], values[key]...)
		default:
			lists[key] = values[key]
		}
	}
	for _, key := range sortedKeys(lists) {
		if f.place(s, fields, keyPath(key), key, lists[key], free) {
			added = true
		}
	}
	return added
}

// place sets the member that a dotted or bracketed key names: Created.Min,
// guest[name].
func (f *fitter) place(s *huma.Schema, fields map[string]any, path []string, whole string, values []string, free bool) bool {
	name := f.props[s][strings.ToLower(path[0])]
	if name == "" { // a member's name may contain dots itself
		name, path = f.props[s][strings.ToLower(whole)], path[:1]
	}
	if name == "" {
		extra := s.AdditionalProperties
		if member, ok := extra.(*huma.Schema); ok && free {
			if _, there := fields[whole]; !there {
				fields[whole] = f.fit(whole, member, formValue(f.api.deref(member), values), true)
				return true
			}
		}
		return false
	}
	property := f.api.deref(s.Properties[name])
	if len(path) > 1 && property != nil && property.Type == huma.TypeObject {
		inner, ok := fields[name].(map[string]any)
		if !ok {
			if fields[name] != nil {
				return false
			}
			inner = map[string]any{}
		}
		if !f.place(property, inner, path[1:], strings.Join(path[1:], "."), values, free) {
			return false
		}
		fields[name] = inner
		return true
	}
	if _, there := fields[name]; there || len(path) > 1 {
		return false
	}
	v := formValue(property, values)
	if v == nil {
		return false
	}
	fields[name] = f.fit(name, property, v, true)
	return true
}

// formValue is a form field as the JSON that the schema wants; fit does the
// rest. An empty value of a field that is no text counts as absent.
func formValue(s *huma.Schema, values []string) any {
	switch {
	case len(values) == 0:
		return nil
	case s == nil:
		return values[0]
	case s.Type == huma.TypeArray:
		if len(values) == 1 && strings.HasPrefix(strings.TrimSpace(values[0]), "[") {
			if v, err := parseJSON([]byte(values[0])); err == nil {
				return v
			}
		}
		all := make([]any, len(values))
		for i, v := range values {
			all[i] = v
		}
		return all
	case s.Type == huma.TypeObject:
		if v, err := parseJSON([]byte(values[0])); err == nil {
			return v
		}
	case s.Type != huma.TypeString && s.Type != "" && values[0] == "":
		return nil
	}
	return values[0]
}

func formObject(form url.Values) map[string]any {
	object := map[string]any{}
	for k, v := range form {
		object[k] = v[0]
	}
	return object
}

// plainKey is a key as indexes know it: lower case, without the [] or [0]
// that some clients put after a list's name.
func plainKey(key string) string {
	key = strings.ToLower(key)
	if i := strings.IndexByte(key, '['); i > 0 && strings.HasSuffix(key, "]") {
		if inner := key[i+1 : len(key)-1]; inner == "" || isDigits(inner) {
			return key[:i]
		}
		return strings.ReplaceAll(strings.ReplaceAll(key, "]", ""), "[", ".")
	}
	return key
}

// keyPath cuts Created.Min and guest[name] into their words.
func keyPath(key string) []string {
	key = strings.ReplaceAll(strings.ReplaceAll(key, "]", ""), "[", ".")
	path := strings.Split(strings.TrimSuffix(key, "."), ".")
	if n := len(path); n > 1 && isDigits(path[n-1]) {
		path = path[:n-1]
	}
	return path
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
