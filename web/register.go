package web

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"switchboard"
)

// NewAPI puts a dialect on the kernel. Its operations must be registered
// before the kernel's first Handler call.
func NewAPI(k *Kernel, o APIOptions) *API {
	if o.Title == "" {
		o.Title = strings.Trim(o.Prefix, "/")
	}
	a := &API{kernel: k, opts: o, mux: http.NewServeMux(), paths: newFolder(o.FoldPaths)}
	config := huma.DefaultConfig(o.Title, k.opts.Version)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.CreateHooks = nil // no $schema members: the contracts have none
	config.Formats = map[string]huma.Format{"application/json": {Marshal: encodeJSON, Unmarshal: decodeJSON}}
	config.Transformers = []huma.Transformer{a.transform}
	config.AllowAdditionalPropertiesByDefault = !o.Strict
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", a.schemaName)
	a.huma = huma.NewAPI(config, adapter{a})
	a.cors = func(h http.Handler) http.Handler { return CORS(h, o.Origins...) }
	k.apis = append(k.apis, a)
	return a
}

// schemaName puts the dialect before a type's name, so that both dialects
// fit into one document.
func (a *API) schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if d := string(a.opts.Dialect); d != "" {
		return strings.ToUpper(d[:1]) + d[1:] + name
	}
	return name
}

// adapter is huma's view of an API: it takes the handlers that Handle makes.
type adapter struct{ a *API }

// Handle implements huma.Adapter.
func (d adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	rt := d.a.pending
	rt.huma = op
	d.a.mount(rt, func(w http.ResponseWriter, r *http.Request) {
		handler(humago.NewContext(op, r, w))
	})
}

// ServeHTTP implements huma.Adapter.
func (d adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.a.ServeHTTP(w, r) }

// Handle registers an operation. I is a struct with fields tagged path:"…",
// query:"…" or header:"…" and at most one field Body; O is a struct whose
// field Body is the answer's JSON (Out will do), with header:"…" fields and an
// int field Status if the handler wants to choose; List is one for long lists. Clients may send the fields
// of Body and the query fields as query, form, multipart or JSON alike.
//
// A query field that is a list takes repeated keys if its tag says
// query:"Status,explode"; without that, commas too. A struct embedded in I, O or
// their bodies must be of an exported type, because huma sees no other.
func Handle[I, O any](a *API, op Op, handler func(ctx context.Context, p switchboard.Principal, in *I) (*O, error)) {
	if op.Status == 0 {
		op.Status = http.StatusOK
		if _, ok := reflect.TypeFor[O]().FieldByName("Body"); !ok {
			op.Status = http.StatusNoContent
		}
	}
	seen := map[reflect.Type]bool{}
	checkEmbedded(reflect.TypeFor[I](), seen)
	checkEmbedded(reflect.TypeFor[O](), seen)
	for i, path := range append([]string{op.Path}, op.Aliases...) {
		rt := a.newRoute(op, path, i > 0)
		a.pending = rt
		described := a.describe(rt)
		describeList[O](a, &described)
		huma.Register(a.huma, described, func(ctx context.Context, in *I) (*O, error) {
			out, err := handler(ctx, PrincipalOf(ctx), in)
			if err != nil {
				return nil, a.problem(ctx, err)
			}
			return out, nil
		})
		a.pending = nil
		rt.decoder = newDecoder(a, rt)
	}
}

// checkEmbedded panics where huma would leave fields out without a word.
func checkEmbedded(t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && !f.IsExported() && f.Type.Kind() == reflect.Struct {
			panic("web: " + t.String() + " embeds " + f.Type.String() + ": give that type an exported name")
		}
		if f.IsExported() {
			checkEmbedded(f.Type, seen)
		}
	}
}

// HandleHTTP registers an operation that writes its own answer: a stream, a
// download, an upload that is not to be held in memory. The request is not
// decoded; its URL has lost the prefix, its path variables are in PathValue. An error returned before anything was written is answered in the
// dialect's shape; after that it can only be logged.
func HandleHTTP(a *API, op Op, handler func(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error) {
	if op.Status == 0 {
		op.Status = http.StatusOK
	}
	for i, path := range append([]string{op.Path}, op.Aliases...) {
		rt := a.newRoute(op, path, i > 0)
		described := a.describe(rt)
		a.describeHTTP(rt, &described)
		if !described.Hidden {
			a.huma.OpenAPI().AddOperation(&described)
		}
		a.mount(rt, func(w http.ResponseWriter, r *http.Request) {
			rec := &recorder{ResponseWriter: w}
			err := handler(rec, r, PrincipalOf(r.Context()))
			switch {
			case err == nil:
			case rec.status == 0:
				a.refuse(w, r, err)
			default:
				newProblem(err, &a.opts.Errors, RequestID(r.Context())).log(a.kernel)
				panic(http.ErrAbortHandler)
			}
		})
	}
}

func (a *API) newRoute(op Op, path string, alias bool) *route {
	rt := &route{api: a, op: op, alias: alias}
	rt.op.Path = a.paths.add(path)
	rt.op.Method = strings.ToUpper(op.Method)
	rt.pattern = rt.op.Method + " " + a.opts.Prefix + rt.op.Path
	a.routes = append(a.routes, rt)
	return rt
}

// mount puts a route on the API's mux; a second one at the same place panics.
func (a *API) mount(rt *route, serve http.HandlerFunc) {
	a.mux.Handle(rt.op.Method+" "+rt.op.Path, routed{rt, serve})
}

// routed is what the API's mux holds, so that a lookup tells the route.
type routed struct {
	rt    *route
	serve http.HandlerFunc
}

func (h routed) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.rt.enter(w, r, h.serve) }

// Routes lists the API's operations, sorted, a line each: method, path,
// permission, summary. It is meant for a golden file.
func (a *API) Routes() string { return listing(a.routes) }

// Routes lists the operations of every API.
func (k *Kernel) Routes() string {
	var all []*route
	for _, a := range k.apis {
		all = append(all, a.routes...)
	}
	return listing(all)
}

func listing(routes []*route) string {
	lines := make([]string, len(routes))
	for i, rt := range routes {
		method, path, _ := strings.Cut(rt.pattern, " ")
		summary := rt.op.Summary
		if rt.alias {
			summary = "= " + rt.op.Summary
		}
		lines[i] = strings.Join([]string{method, path, rt.permission(), summary}, " ")
	}
	slices.SortFunc(lines, func(x, y string) int {
		_, px, _ := strings.Cut(x, " ")
		_, py, _ := strings.Cut(y, " ")
		if c := strings.Compare(px, py); c != 0 {
			return c
		}
		return strings.Compare(x, y)
	})
	return strings.Join(lines, "\n") + "\n"
}

// permission is who may call the operation, in one word.
func (rt *route) permission() string {
	switch {
	case rt.op.Anonymous:
		return "anonymous"
	case rt.op.Scope != "" && rt.op.Admin:
		return string(rt.op.Scope) + "+admin"
	case rt.op.Scope != "":
		return string(rt.op.Scope)
	case rt.op.Admin:
		return "admin"
	}
	return "signed-in"
}
