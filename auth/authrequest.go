package auth

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// maxReturn bounds the address that a login screen leads back to.
const maxReturn = 8000

// paramAfter is our own parameter of an authorization request: whoever signs in
// for it must have done so after this moment, in microseconds. It stands in for
// prompt=login and max_age while the person is at the login screen, so that
// neither is asked for for ever nor left out. Whoever could take it away could
// take those away too.
const paramAfter = "signed_in_after"

// authRequest is an authorization request (OpenID Connect Core §3.1.2.1).
type authRequest struct {
	oidc.AuthRequest
	form  url.Values
	after time.Time
	wrong *oidc.Error // with its form, to be told to the client
}

// asks reports whether the request has a prompt.
func (q *authRequest) asks(prompt string) bool { return slices.Contains(q.Prompt, prompt) }

func parseAuthorize(form url.Values) *authRequest {
	q := &authRequest{form: form}
	q.ClientID, q.RedirectURI, q.State, q.Nonce = form.Get("client_id"), form.Get("redirect_uri"), form.Get("state"), form.Get("nonce")
	q.Scopes, q.Prompt = strings.Fields(form.Get("scope")), strings.Fields(form.Get("prompt"))
	q.ResponseType, q.ResponseMode = oidc.ResponseType(form.Get("response_type")), oidc.ResponseMode(form.Get("response_mode"))
	q.CodeChallenge, q.CodeChallengeMethod = form.Get("code_challenge"), oidc.CodeChallengeMethod(form.Get("code_challenge_method"))
	q.LoginHint, q.IDTokenHint = form.Get("login_hint"), form.Get("id_token_hint")
	q.LoginHint = q.LoginHint[:min(len(q.LoginHint), 400)]
	if len(q.Scopes) == 0 {
		q.Scopes = []string{scopeAll}
	}
	for name, values := range form {
		if len(values) > 1 { // RFC 6749 §3.1
			q.wrong = oidc.ErrInvalidRequest().WithDescription("%s", "a parameter comes twice: "+printable(name))
		}
	}
	switch { // §3.1.2.6
	case form.Get("request") != "":
		q.wrong = oidc.ErrRequestNotSupported()
	case form.Get("request_uri") != "":
		q.wrong = &oidc.Error{ErrorType: "request_uri_not_supported"}
	case form.Get("registration") != "":
		q.wrong = &oidc.Error{ErrorType: "registration_not_supported"}
	}
	if text := form.Get("max_age"); text != "" {
		age, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			q.wrong = oidc.ErrInvalidRequest().WithDescription("max_age must be a number of seconds")
		}
		seconds := uint(age)
		q.MaxAge = &seconds
	}
	if text := form.Get(paramAfter); text != "" {
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			q.wrong = oidc.ErrInvalidRequest().WithDescription("%s", paramAfter+" must be a number")
		}
		q.after = time.UnixMicro(at)
	}
	return q
}

// again is the address of the same request for when the person has signed in.
func (q *authRequest) again(now time.Time) string {
	again := url.Values{}
	for k, v := range q.form {
		again[k] = v
	}
	if q.asks(oidc.PromptLogin) || q.asks(oidc.PromptSelectAccount) || q.MaxAge != nil {
		again.Set(paramAfter, strconv.FormatInt(now.UnixMicro(), 10))
	}
	again.Del("max_age")
	again.Del("prompt")
	if q.asks(oidc.PromptConsent) {
		again.Set("prompt", oidc.PromptConsent)
	}
	return issuerPath + endpoints.Authorization.Relative() + "?" + again.Encode()
}
