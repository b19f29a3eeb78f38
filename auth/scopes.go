package auth

import (
	"slices"
	"strings"

	"switchboard"
)

// Words in a scope parameter that are not permissions of ours.
const (
	scopeOpenID  = "openid"
	scopeProfile = "profile"
	scopeEmail   = "email"
	scopeOffline = "offline_access"
	scopeRoles   = "roles"
	scopeMember  = "mluviiMembership" // which departments and groups one belongs to
	scopeAll     = "mluviiPublicApi"  // all that the account or key may do; the same as to ask for nothing
)

var oidcScopes = []string{scopeOpenID, scopeProfile, scopeEmail, scopeOffline, scopeRoles, scopeMember}

// RoleScopes is what an account may do by what it is. What an API key may do
// is written in the key.
func RoleScopes(kind switchboard.AccountKind, admin bool) []switchboard.Scope {
	switch {
	case kind == switchboard.Operator && admin:
		return switchboard.AllScopes()
	case kind == switchboard.Operator:
		return switchboard.OperatorScopes()
	case kind == switchboard.Bot:
		return []switchboard.Scope{switchboard.ScopeChat, switchboard.ScopeChatbot}
	case kind == switchboard.User, kind == switchboard.Visitor:
		return []switchboard.Scope{switchboard.ScopeChat}
	}
	return nil
}

// common lists those of a that b has too.
func common(a, b []switchboard.Scope) []switchboard.Scope {
	out := make([]switchboard.Scope, 0, len(a))
	for _, s := range a {
		if slices.Contains(b, s) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// granted sorts what a client asks for into what it gets of our permissions
// and which OpenID Connect words it used. A request that names none of our
// permissions, or mluviiPublicApi, gets all that is allowed; ok is false if it
// names some and may have none of them.
func granted(asked []string, allowed []switchboard.Scope) (scopes []switchboard.Scope, words []string, ok bool) {
	named, all := false, false
	for _, a := range asked {
		switch {
		case a == "":
		case a == scopeAll:
			all = true
		case slices.Contains(oidcScopes, a):
			if !slices.Contains(words, a) {
				words = append(words, a)
			}
		default:
			named = true
			if s := switchboard.Scope(a); slices.Contains(allowed, s) && !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	if all || !named {
		return slices.Clone(allowed), words, true
	}
	return scopes, words, len(scopes) > 0
}

func scopeText(words []string, scopes []switchboard.Scope) string {
	all := slices.Clone(words)
	for _, s := range scopes {
		all = append(all, string(s))
	}
	return strings.Join(all, " ")
}

// splitScopes takes a stored scope text apart.
func splitScopes(text string) (scopes []switchboard.Scope, words []string) {
	for w := range strings.FieldsSeq(text) {
		if slices.Contains(oidcScopes, w) {
			words = append(words, w)
		} else {
			scopes = append(scopes, switchboard.Scope(w))
		}
	}
	return scopes, words
}
