package web

import (
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// propertyIndex finds a schema's properties by lower-case name.
type propertyIndex map[*huma.Schema]map[string]string

// add indexes a schema and all that it contains; it runs at registration.
func (x propertyIndex) add(a *API, s *huma.Schema) {
	s = a.deref(s)
	if s == nil || x[s] != nil {
		return
	}
	names := make(map[string]string, len(s.Properties))
	x[s] = names
	for name, p := range s.Properties {
		names[strings.ToLower(name)] = name
		x.add(a, p)
	}
	x.add(a, s.Items)
	if extra, ok := s.AdditionalProperties.(*huma.Schema); ok {
		x.add(a, extra)
	}
}

func (a *API) deref(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = a.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fitter fits one request's values to the operation's declaration. What cannot
// be fitted stays as it is, for huma to refuse, or is noted in wrong where
// huma would not see it.
type fitter struct {
	*decoder
	strict bool
	wrong  FieldErrors
}

// query fits the query's keys, and takes over body keys that are query fields.
func (f *fitter) query(in *input) url.Values {
	out := url.Values{}
	f.into(out, in.query)
	fromBody := url.Values{}
	for k, v := range in.form {
		if !f.inBody(k) {
			fromBody[k] = v
		}
	}
	if object, ok := in.json.(map[string]any); ok {
		for k, v := range object {
			if f.params[plainKey(k)] != nil && !f.inBody(k) {
				fromBody[k] = scalars(v)
			}
		}
	}
	f.into(out, fromBody)
	return out
}

// inBody reports whether the declared body has a property of that name.
func (f *fitter) inBody(key string) bool {
	return f.props[f.api.deref(f.decoder.body)][plainKey(key)] != ""
}

// into adds those values whose keys are query fields, unless out has them.
func (f *fitter) into(out, values url.Values) {
	found := map[string][]string{}
	for _, k := range sortedKeys(values) {
		if p := f.params[plainKey(k)]; p != nil && !out.Has(p.Name) {
			found[p.Name] = append(found[p.Name], values[k]...)
		}
	}
	for name, all := range found {
		out[name] = f.param(f.params[strings.ToLower(name)], all)
	}
}

// param fits the values of one query field.
func (f *fitter) param(p *huma.Param, values []string) []string {
	s := f.api.deref(p.Schema)
	if s == nil {
		return values
	}
	if s.Type != huma.TypeArray {
		return []string{f.word(p.Name, s, values[0])}
	}
	item := f.api.deref(s.Items)
	var all []string
	for _, v := range values {
		if item != nil && (item.Type != huma.TypeString || item.Enum != nil) {
			all = append(all, strings.Split(v, ",")...)
		} else {
			all = append(all, v)
		}
	}
	for i, v := range all {
		if item != nil {
			all[i] = f.word(p.Name, item, v)
		}
	}
	if p.Explode == nil || !*p.Explode {
		return []string{strings.Join(all, ",")}
	}
	return all
}

// word fits one text value to a scalar schema, in the spelling that huma's
// query decoding takes.
func (f *fitter) word(field string, s *huma.Schema, v string) string {
	trimmed := strings.TrimSpace(v)
	switch s.Type {
	case huma.TypeBoolean:
		if b, ok := parseBool(trimmed); ok {
			return strconv.FormatBool(b)
		}
	case huma.TypeInteger:
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			f.inRange(field, s, n)
		}
		return trimmed
	case huma.TypeNumber:
		if n, err := strconv.ParseFloat(trimmed, 64); err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			f.wrong = append(f.wrong, BadField(field, "expected a number"))
		}
		return trimmed
	case huma.TypeString:
		return f.text(s, v)
	}
	return v
}

// text fits a string: enumerations in their documented spelling, dates and
// times in RFC 3339.
func (f *fitter) text(s *huma.Schema, v string) string {
	for _, e := range s.Enum {
		if name, ok := e.(string); ok && strings.EqualFold(name, strings.TrimSpace(v)) {
			return name
		}
	}
	if s.Format == "date-time" && v != "" {
		if t, err := ParseTime(v, f.api.opts.Location); err == nil {
			return t.Format(time.RFC3339Nano)
		}
	}
	return v
}

// inRange notes an integer that would be cut when it is stored.
func (f *fitter) inRange(field string, s *huma.Schema, n int64) {
	if s.Format == "int32" && int64(int32(n)) != n {
		f.wrong = append(f.wrong, BadField(field, "expected an integer of 32 bits"))
	}
}

// body builds the JSON body, from JSON, form and those query keys that are
// no query fields.
func (f *fitter) body(in *input, query url.Values) (body any, has bool) {
	s := f.api.deref(f.decoder.body)
	if s == nil {
		return nil, false
	}
	object := s.Type == huma.TypeObject
	if in.hasJSON {
		body = in.json
	}
	if !object {
		if in.form != nil && !in.hasJSON && s.Type == "" { // any JSON value
			body = formObject(in.form)
		}
		return f.fit("body", s, body, false), body != nil
	}
	fields, isObject := body.(map[string]any)
	if in.hasJSON && !isObject {
		return body, true // huma says that an object is expected
	}
	if fields = f.object("", s, fields, false); fields == nil {
		fields = map[string]any{}
	}
	sent := in.hasJSON || in.form != nil
	f.merge(s, fields, in.form, true)
	added := f.merge(s, fields, in.query, !sent)   // who sends all in the query means it
	return fields, sent || added || f.bodyRequired // an absent body counts as an empty one: the client hears what it lacks
}

// fit fits any JSON value. words says that numbers and booleans may come as
// text, as forms have nothing else.
func (f *fitter) fit(field string, s *huma.Schema, v any, words bool) any {
	s = f.api.deref(s)
	if s == nil {
		return v
	}
	switch value := v.(type) {
	case map[string]any:
		if s.Type == huma.TypeObject {
			return f.object(field, s, value, words)
		}
	case []any:
		if s.Type == huma.TypeArray {
			for i := range value {
				value[i] = f.fit(field+"["+strconv.Itoa(i)+"]", s.Items, value[i], words)
			}
		}
	case string:
		return f.scalar(field, s, value, words)
	case json.Number:
		f.number(field, s, value)
	}
	return v
}

func (f *fitter) scalar(field string, s *huma.Schema, v string, words bool) any {
	if s.Type == huma.TypeString {
		return f.text(s, v)
	}
	if !words {
		return v
	}
	switch s.Type {
	case huma.TypeBoolean:
		if b, ok := parseBool(strings.TrimSpace(v)); ok {
			return b
		}
	case huma.TypeInteger, huma.TypeNumber:
		n := json.Number(strings.TrimSpace(v))
		if json.Valid([]byte(n)) {
			f.number(field, s, n)
			return n
		}
	}
	return v
}

// number notes what would not survive its Go type.
func (f *fitter) number(field string, s *huma.Schema, n json.Number) {
	switch s.Type {
	case huma.TypeInteger:
		i, err := n.Int64()
		if err != nil {
			f.wrong = append(f.wrong, BadField(field, "expected an integer of 64 bits"))
			return
		}
		f.inRange(field, s, i)
	case huma.TypeNumber:
		if _, err := n.Float64(); err != nil {
			f.wrong = append(f.wrong, BadField(field, "expected a number"))
		}
	}
}

// object fits the members: documented spelling, null as absent where null is
// not allowed, unknown members dropped unless they may be there. Of two
// members that differ in case the documented spelling wins.
func (f *fitter) object(field string, s *huma.Schema, v map[string]any, words bool) map[string]any {
	if v == nil {
		return nil
	}
	member, isMap := s.AdditionalProperties.(*huma.Schema)
	out := make(map[string]any, len(v))
	for _, key := range sortedKeys(v) {
		name := f.props[s][strings.ToLower(key)]
		inner := s.Properties[name]
		switch {
		case name == "" && isMap:
			name, inner = key, member
		case name == "" && (f.strict || len(s.Properties) == 0):
			out[key] = v[key] // huma refuses it, or anything goes here
			continue
		case name == "":
			continue
		}
		if _, exact := v[name]; exact && key != name {
			continue
		}
		if v[key] == nil && !f.nullable(inner) {
			continue
		}
		path := name
		if field != "" {
			path = field + "." + name
		}
		out[name] = f.fit(path, inner, v[key], words)
	}
	return out
}

func (f *fitter) nullable(s *huma.Schema) bool {
	s = f.api.deref(s)
	return s == nil || s.Nullable || s.Type == ""
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(s) {
	case "true", "1", "on", "yes":
		return true, true
	case "false", "0", "off", "no":
		return false, true
	}
	return false, false
}

// scalars is a JSON value as query values.
func scalars(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{string(v)}
	case bool:
		return []string{strconv.FormatBool(v)}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, scalars(e)...)
		}
		return all
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
