package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"switchboard"
)

// documents are the OpenAPI documents, made on first use: by then every
// operation is registered.
type documents struct {
	mu    sync.Mutex
	ready map[string][]byte // by name: "" for all, else a dialect
}

// mountDocuments serves /api/openapi.json, everything in one document, and
// /api/openapi/{dialect}.json.
func (k *Kernel) mountDocuments() {
	k.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, r *http.Request) { k.serveDocument(w, r, "") })
	for _, a := range k.apis {
		if name := string(a.opts.Dialect); name != "" {
			k.mux.HandleFunc("GET /api/openapi/"+name+".json", func(w http.ResponseWriter, r *http.Request) { k.serveDocument(w, r, name) })
		}
	}
}

func (k *Kernel) serveDocument(w http.ResponseWriter, r *http.Request, name string) {
	b, err := k.OpenAPI(switchboard.Dialect(name))
	if err != nil {
		WriteError(w, r, nil, err)
		return
	}
	sum := sha256.Sum256(b)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Access-Control-Allow-Origin", "*") // it says nothing that is not public
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

// OpenAPI is the OpenAPI 3.1 document of a dialect, or of every API for "".
func (k *Kernel) OpenAPI(d switchboard.Dialect) ([]byte, error) {
	k.docs.mu.Lock()
	defer k.docs.mu.Unlock()
	if b := k.docs.ready[string(d)]; b != nil {
		return b, nil
	}
	doc := &huma.OpenAPI{
		OpenAPI:    "3.1.0",
		Info:       &huma.Info{Title: "Switchboard", Version: k.version(), Description: documentText},
		Servers:    []*huma.Server{{URL: "/"}},
		Paths:      map[string]*huma.PathItem{},
		Components: &huma.Components{SecuritySchemes: securitySchemes()},
	}
	schemas := map[string]*huma.Schema{}
	for _, a := range k.apis {
		if d != "" && a.opts.Dialect != d {
			continue
		}
		for path, item := range a.huma.OpenAPI().Paths {
			doc.Paths[a.opts.Prefix+path] = item
		}
		for name, s := range a.huma.OpenAPI().Components.Schemas.Map() {
			schemas[name] = s
		}
		doc.Tags = append(doc.Tags, a.tags()...)
	}
	b, err := assemble(doc, schemas)
	if err != nil {
		return nil, switchboard.AsError(err)
	}
	if k.docs.ready == nil {
		k.docs.ready = map[string][]byte{}
	}
	k.docs.ready[string(d)] = b
	return b, nil
}

const documentText = "One server, two dialects. Under `/api/v1` the token decides which of them is meant; the paths shown here, " +
	"under `/platform/api/v1` and `/public/api/v1`, say it themselves. " +
	"Parameters may be sent as query, form, multipart or JSON; their names are compared without regard to case. " +
	"Every error carries its stable code in the header `X-Error-Code`, every answer its id in `X-Request-Id`."

func (k *Kernel) version() string {
	if k.opts.Version == "" {
		return "dev"
	}
	return k.opts.Version
}

// assemble writes the document with the schemas of several registries.
func assemble(doc *huma.OpenAPI, schemas map[string]*huma.Schema) ([]byte, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var whole map[string]any
	if err := json.Unmarshal(b, &whole); err != nil {
		return nil, err
	}
	components, _ := whole["components"].(map[string]any)
	components["schemas"] = schemas
	return json.Marshal(whole)
}

// securitySchemes are the ways to authenticate, as the portal offers them.
func securitySchemes() map[string]*huma.SecurityScheme {
	scopes := map[string]string{}
	for _, s := range switchboard.AllScopes() {
		scopes[string(s)] = ""
	}
	return map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "A token from POST /api/v1/login or /login/connect/token, valid for one hour. `bearer` and the token alone are understood too."},
		"oauth2": {Type: "oauth2", Flows: &huma.OAuthFlows{
			ClientCredentials: &huma.OAuthFlow{TokenURL: "/login/connect/token", Scopes: scopes},
			AuthorizationCode: &huma.OAuthFlow{AuthorizationURL: "/login/connect/authorize", TokenURL: "/login/connect/token",
				RefreshURL: "/login/connect/token", Scopes: scopes},
		}},
	}
}

// tags are the API's groups of operations, marked with its title.
func (a *API) tags() []*huma.Tag {
	var names []string
	for _, rt := range a.routes {
		if t := a.tag(rt); !rt.alias && !slices.Contains(names, t) {
			names = append(names, t)
		}
	}
	slices.Sort(names)
	tags := make([]*huma.Tag, len(names))
	for i, n := range names {
		tags[i] = &huma.Tag{Name: n}
	}
	return tags
}

func (a *API) tag(rt *route) string {
	if rt.op.Tag == "" {
		return a.opts.Title
	}
	return a.opts.Title + ": " + rt.op.Tag
}

// describe is an operation as huma and OpenAPI want it.
func (a *API) describe(rt *route) huma.Operation {
	op := rt.op
	described := huma.Operation{
		OperationID:     a.operationID(op),
		Method:          op.Method,
		Path:            op.Path,
		Summary:         op.Summary,
		Description:     strings.TrimSpace(op.Description + "\n\n" + a.accessText(rt)),
		Tags:            []string{a.tag(rt)},
		DefaultStatus:   op.Status,
		MaxBodyBytes:    -1, // the kernel's reader has bounded it already
		BodyReadTimeout: -1,
		Hidden:          rt.alias || op.Hidden,
		Responses:       a.errorResponses(rt),
	}
	if !op.Anonymous {
		var scopes []string
		if op.Scope != "" {
			scopes = []string{string(op.Scope)}
		}
		described.Security = []map[string][]string{{"bearer": {}}, {"oauth2": scopes}}
		if scopes == nil {
			described.Security[1]["oauth2"] = []string{}
		}
	}
	if op.Scope != "" {
		described.Extensions = map[string]any{"x-scope": op.Scope}
	}
	return described
}

func (a *API) accessText(rt *route) string {
	switch {
	case rt.op.Anonymous:
		return "Needs no token."
	case rt.op.Scope != "" && rt.op.Admin:
		return "Needs the permission `" + string(rt.op.Scope) + "`, and an administrator."
	case rt.op.Scope != "":
		return "Needs the permission `" + string(rt.op.Scope) + "`."
	case rt.op.Admin:
		return "Only for administrators."
	}
	return "For everybody who is signed in."
}

// operationID is unique over all APIs: dialect, method, words of the path.
func (a *API) operationID(op Op) string {
	id := string(a.opts.Dialect)
	if id == "" {
		id = strings.ReplaceAll(strings.Trim(a.opts.Prefix, "/"), "/", "-")
	}
	id += "-" + strings.ToLower(op.Method)
	for _, part := range split(op.Path) {
		id += "-" + strings.Trim(part, "{}.")
	}
	return id
}

// errorResponses documents what the operation may be refused with.
func (a *API) errorResponses(rt *route) map[string]*huma.Response {
	responses := map[string]*huma.Response{}
	for status, sample := range a.opts.Errors.Documents {
		r := &huma.Response{Description: http.StatusText(status)}
		if sample != nil {
			schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, reflect.TypeOf(sample))
			r.Content = map[string]*huma.MediaType{"application/json": {Schema: schema}}
		}
		responses[strconv.Itoa(status)] = r
	}
	if len(responses) == 0 {
		schema := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, reflect.TypeFor[plainBody]())
		responses["default"] = &huma.Response{Description: "Error",
			Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
	return responses
}

// describeHTTP documents what huma cannot see: path variables and the answer.
func (a *API) describeHTTP(rt *route, op *huma.Operation) {
	for _, part := range split(rt.op.Path) {
		if strings.HasPrefix(part, "{") {
			op.Parameters = append(op.Parameters, &huma.Param{Name: strings.Trim(part, "{}."), In: "path", Required: true,
				Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	media := rt.op.Produces
	if media == "" {
		media = "application/json"
	}
	r := &huma.Response{Description: http.StatusText(rt.op.Status)}
	if rt.op.Status != http.StatusNoContent {
		r.Content = map[string]*huma.MediaType{media: {Schema: &huma.Schema{}}}
	}
	op.Responses[strconv.Itoa(rt.op.Status)] = r
}
