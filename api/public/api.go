package public

import (
	"net/http"

	"switchboard"
	"switchboard/auth"
	"switchboard/chat"
	"switchboard/desk"
	"switchboard/web"
	"switchboard/webhook"
)

// Options are what the dialect needs.
type Options struct {
	Kernel  *web.Kernel
	Auth    *auth.Service
	Chat    *chat.Service
	Desk    *desk.Service
	Webhook *webhook.Service
}

// API is the dialect at work.
type API struct {
	Options
	rest *web.API
}

// Prefix is where the dialect can always be found; it shares /api/v1 with the
// Platform API.
const Prefix = "/public/api/v1"

// New registers every operation of the dialect with the kernel.
func New(o Options) *API {
	a := &API{Options: o}
	a.rest = web.NewAPI(o.Kernel, web.APIOptions{
		Dialect: switchboard.PublicDialect, Prefix: Prefix, Shared: "/api/v1", Title: "Public API", Errors: Errors, FoldPaths: true,
		Dialects: []switchboard.Dialect{switchboard.PublicDialect},
	})
	a.sessions()
	a.users()
	a.accounts()
	a.devices()
	a.imports()
	a.company()
	a.settings()
	a.reports()
	a.security()
	a.keys()
	a.webhooks()
	a.events()
	return a
}

// Routes lists the operations, a line each, for the golden file.
func (a *API) Routes() string { return a.rest.Routes() }

// Errors is how this dialect writes errors: 400 is an object of messages by
// field, the others have no body but what the contract says.
var Errors = web.ErrorTable{
	Status: func(e *switchboard.Error) int {
		if e.Kind == switchboard.NotAllowed {
			return http.StatusConflict // the contract knows no 405 for a thing's state
		}
		return web.Status(e)
	},
	Body: func(p *web.Problem) any {
		switch {
		case p.Body != nil:
			return p.Body
		case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden, p.Status == http.StatusNotFound:
			return nil
		}
		if fields := p.FieldMap(); len(fields) > 0 {
			return fields
		}
		return map[string]string{"": p.Err.Message}
	},
	Documents: map[int]any{http.StatusBadRequest: map[string]string{}, http.StatusUnauthorized: nil, http.StatusForbidden: nil,
		http.StatusNotFound: nil, http.StatusConflict: nil, http.StatusRequestEntityTooLarge: map[string]string{},
		http.StatusUnsupportedMediaType: map[string]string{}, http.StatusTooManyRequests: map[string]string{},
		http.StatusInternalServerError: map[string]string{}, http.StatusServiceUnavailable: map[string]string{}},
}

// IDPath is the id in a path.
type IDPath struct {
	ID int64 `path:"id"`
}
