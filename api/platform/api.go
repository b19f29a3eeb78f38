package platform

import (
	"net/http"
	"strings"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/chat"
	"switchboard/web"
)

// Options are what the dialect needs. Domain, XMPP and PublicURL are what
// registered devices are told of the server.
type Options struct {
	Kernel *web.Kernel
	Auth   *auth.Service
	Chat   *chat.Service

	Now       func() time.Time // time.Now when nil
	Domain    string           // of the tenant that is meant where the request's Host names none
	XMPP      string           // address of the XMPP listener, "" or "off" without one
	PublicURL string           // where browsers reach this server
}

// API is the dialect at work.
type API struct {
	Options
	rest *web.API
}

// Prefix is where the dialect can always be found; it shares /api/v1 with the
// Public API.
const Prefix = "/platform/api/v1"

// New registers every operation of the dialect with the kernel.
func New(o Options) *API {
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &API{Options: o}
	a.rest = web.NewAPI(o.Kernel, web.APIOptions{
		Dialect: switchboard.PlatformDialect, Prefix: Prefix, Shared: "/api/v1", Title: "Platform API", Errors: Errors, Origins: []string{"*"},
	})
	a.signIn()
	a.register()
	a.settings()
	a.users()
	a.profiles()
	a.accounts()
	a.metadata()
	a.blocking()
	a.speakUp()
	a.devices()
	a.calls()
	a.moderation()
	a.messages()
	a.chats()
	a.media()
	a.later()
	return a
}

// Routes lists the operations, a line each, for the golden file.
func (a *API) Routes() string { return a.rest.Routes() }

// errorModel is every refusal.
type errorModel struct {
	Status  int    `json:"status" doc:"Repeats the HTTP status"`
	Message string `json:"message"`
	Code    string `json:"code" doc:"Stable: for programs to compare"`
}

// Errors is how this dialect writes errors. Clients of the documented dialect
// know 400, 401, 403, 405 (the device limit) and 500.
var Errors = web.ErrorTable{
	Status: func(e *switchboard.Error) int {
		switch {
		case e.Kind == switchboard.NotFound && e.Code == codeNoPath:
			return http.StatusNotFound
		case e.Kind == switchboard.NotAllowed && e.Code == codeDeviceLimit:
			return http.StatusMethodNotAllowed
		case e.Kind == switchboard.NotFound, e.Kind == switchboard.Conflict, e.Kind == switchboard.NotAllowed:
			return http.StatusBadRequest
		}
		return web.Status(e)
	},
	Body: func(p *web.Problem) any { return errorModel{p.Status, wording(p), p.Err.Code} },
	Documents: map[int]any{http.StatusBadRequest: errorModel{}, http.StatusUnauthorized: errorModel{}, http.StatusForbidden: errorModel{},
		http.StatusMethodNotAllowed: errorModel{}, http.StatusRequestEntityTooLarge: errorModel{}, http.StatusUnsupportedMediaType: errorModel{},
		http.StatusTooManyRequests: errorModel{}, http.StatusInternalServerError: errorModel{}, http.StatusServiceUnavailable: errorModel{}},
}

// codeDeviceLimit is the one refusal that the dialect knows as 405.
const codeDeviceLimit = "device-limit"

// codeNoPath is the kernel's code for a path that the dialect does not have.
const codeNoPath = "no-such-path"

// tokenExpired is documented for every token that is not good any more, an
// absent one included; the code tells them apart.
const tokenExpired = "Token Expired"

// wording is the message of a refusal.
func wording(p *web.Problem) string {
	e := p.Err
	if e.Kind == switchboard.Unauthorized && !strings.HasPrefix(e.Code, "credentials-") && !strings.HasPrefix(e.Code, "proof-") {
		return tokenExpired
	}
	if len(p.Fields) == 0 || (e.Code != "invalid-field" && e.Code != "missing-field" && e.Code != "invalid-text") {
		return e.Message
	}
	all := make([]string, len(p.Fields)) // the kernel's messages do not name the field
	for i, f := range p.Fields {
		all[i] = f.Field + ": " + f.Message
	}
	return strings.Join(all, "; ")
}
