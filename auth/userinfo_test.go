package auth_test

import (
	"testing"

	"golang.org/x/oauth2"

	"switchboard"
	"switchboard/auth"
)

// OpenID Connect Core §5.4: a client learns what its scopes ask for.
func TestUserInfoTellsWhatTheScopesAsk(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		_, err := e.CreateAccount(t.Context(), e.root, auth.NewAccount{Localpart: "olga", Kind: switchboard.Operator, Admin: true, Password: rightPassword,
			Profile: auth.Profile{Name: "Olga", Email: "olga@shop.example"}})
		e.must(err)
		for _, c := range []struct {
			scopes []string
			has    []string
			lacks  []string
		}{
			{[]string{"openid"}, []string{"sub", "preferred_username", "role", "tenant", "jid"}, []string{"name", "email", "roles", "mluviiMembership"}},
			{[]string{"openid", "email"}, []string{"email"}, []string{"name", "roles"}},
			{[]string{"openid", "profile", "roles", "mluviiMembership"}, []string{"name", "email", "roles", "mluviiMembership"}, nil},
		} {
			conf, verifier, b := e.console(c.scopes...), oauth2.GenerateVerifier(), e.browser()
			token, err := conf.Exchange(t.Context(), b.code(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "olga"), oauth2.VerifierOption(verifier))
			e.must(err)
			info, err := e.provider().UserInfo(t.Context(), oauth2.StaticTokenSource(token))
			e.must(err)
			claims := map[string]any{}
			e.must(info.Claims(&claims))
			for _, want := range c.has {
				if claims[want] == nil {
					t.Errorf("%v: no %s in %v", c.scopes, want, claims)
				}
			}
			for _, no := range c.lacks {
				if claims[no] != nil {
					t.Errorf("%v: %s is %v", c.scopes, no, claims[no])
				}
			}
		}
	})
}
