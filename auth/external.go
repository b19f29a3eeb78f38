package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"switchboard"
	"switchboard/store"
)

// Other OpenID providers. An account for which an administrator has named one
// signs in there and nowhere else. It is matched by issuer and subject alone;
// they are tied to it at its first sign-in, for which the provider must vouch
// for the e-mail address that the administrator set. Whoever gets hold of that
// address later is somebody else (OpenID Connect Core §5.7).

// Provider is another OpenID provider at which accounts may sign in.
type Provider struct {
	Name         string // as administrators and people call it: "Google"
	Issuer       string
	ClientID     string
	ClientSecret string
	TrustEmail   bool // believe addresses that it does not say to be verified: for one's own directory only
}

var (
	errProvider = errField("openIDProvider", "provider-unknown", "this OpenID provider is not set up on this server")
	// errProviderDown is for the person in front of the screen.
	errProviderDown    = switchboard.E(switchboard.Unavailable, "provider-unavailable", "the OpenID provider does not answer; try again")
	errProviderAccount = switchboard.E(switchboard.Conflict, "account-provider", "this account signs in at another OpenID provider")
	errNoLink          = switchboard.E(switchboard.Forbidden, "provider-account-unknown", "nobody here signs in with this account of the provider")
)

// external is a Provider as this process knows it.
type external struct {
	Provider
	slug string // in addresses

	mu    sync.Mutex
	found *oidc.Provider
	iss   bool // its answers say whose they are (RFC 9207 §3)
	tried time.Time
}

// externals makes the list of other providers, by the word in their addresses.
func externals(list []Provider) map[string]*external {
	all := map[string]*external{}
	for _, p := range list {
		slug := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return '-'
		}, strings.ToLower(p.Name))
		if slug != "" && p.Issuer != "" && p.ClientID != "" {
			all[slug] = &external{Provider: p, slug: slug}
		}
	}
	return all
}

// Providers lists the names of the other OpenID providers.
func (s *Service) Providers() []string {
	names := make([]string, 0, len(s.external))
	for _, e := range s.external {
		names = append(names, e.Name)
	}
	slices.Sort(names)
	return names
}

// providerNamed finds a provider by its name in any case.
func (s *Service) providerNamed(name string) (*external, bool) {
	for _, e := range s.external {
		if strings.EqualFold(e.Name, name) {
			return e, true
		}
	}
	return nil, false
}

// CheckProvider tells whether SetProvider would take a name and an e-mail address.
func (s *Service) CheckProvider(name, email string) error {
	if _, ok := s.providerNamed(name); !ok {
		return errProvider
	}
	if !strings.Contains(email, "@") || text("email", email, 320) != nil {
		return errField("email", "email-missing", "the e-mail address that the provider knows is needed")
	}
	return nil
}

// SetProvider makes an account sign in at another OpenID provider only, where it
// is known by email; name "" makes it one of ours again. Its password ends with
// it. It needs users.write, and an administrator for administrators.
func (s *Service) SetProvider(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, name, email string) error {
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return err
	}
	if name != "" {
		if err := s.CheckProvider(name, email); err != nil {
			return err
		}
	}
	e, _ := s.providerNamed(name)
	email = strings.ToLower(strings.TrimSpace(email))
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		a, err := target(tx, p, id)
		if err != nil {
			return err
		}
		if name == "" {
			record(tx, p, a.Tenant, switchboard.AccountChanged, id, change{Change: "provider"})
			return tx.DeleteAccountProvider(id)
		}
		record(tx, p, a.Tenant, switchboard.AccountChanged, id, change{Change: "provider", Name: e.Name})
		record(tx, p, a.Tenant, switchboard.AccountChanged, id, change{Change: ReasonPassword})
		return errors.Join(tx.SetAccountProvider(store.AccountProvider{Account: id, Tenant: a.Tenant, Provider: e.slug, Email: email}),
			endCredentials(tx, p, id))
	})
	s.epoch.Add(1)
	return err
}

// ProviderOf is the name of the OpenID provider where an account signs in, ""
// if it is this server. It needs what Account needs.
func (s *Service) ProviderOf(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) (string, error) {
	if _, err := s.Account(ctx, p, id); err != nil {
		return "", err
	}
	var row store.AccountProvider
	err := s.db.Read(ctx, func(tx *store.Tx) (err error) {
		row, err = tx.AccountProvider(id)
		return err
	})
	if err == store.ErrNone {
		return "", nil
	}
	if e, ok := s.external[row.Provider]; ok {
		return e.Name, err
	}
	return row.Provider, err
}

// signsInHere refuses accounts that sign in at another provider: a password
// would be a second way in.
func signsInHere(tx *store.Tx, id switchboard.AccountID) error {
	_, err := tx.AccountProvider(id)
	switch err {
	case nil:
		return errProviderAccount
	case store.ErrNone:
		return nil
	}
	return err
}

// discover finds the provider's endpoints and keys, once.
func (s *Service) discover(ctx context.Context, e *external) (*oidc.Provider, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.found != nil {
		return e.found, nil
	}
	if wait := s.now().Sub(e.tried); wait >= 0 && wait < 2*time.Second {
		return nil, errProviderDown
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, s.opts.HTTP), e.Issuer)
	if err != nil {
		e.tried = s.now()
		return nil, errProviderDown.Because(err)
	}
	var says struct {
		Iss bool `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		e.tried = s.now()
		return nil, errProviderDown.Because(err)
	}
	e.found, e.iss = found, says.Iss
	return found, nil
}

func (e *external) config(found *oidc.Provider, origin string) *oauth2.Config {
	return &oauth2.Config{ClientID: e.ClientID, ClientSecret: e.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: origin + e.path() + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}

func (e *external) path() string { return externalPath + "/" + e.slug }

// externalClaims is what we read of a provider's ID token.
type externalClaims struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some send a text
	Party    string `json:"azp"`
	AuthTime *int64 `json:"auth_time"`
}

func (c *externalClaims) vouched() bool { return c.Verified == true || c.Verified == "true" }

// answers reports whether an answer is the provider's, as far as it says so
// (RFC 9207 §2.4).
func (e *external) answers(iss []string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(iss) == 0 && !e.iss || len(iss) == 1 && iss[0] == e.Issuer
}

// redeem exchanges a code and checks the ID token (OpenID Connect Core §3.1.3.7).
func (s *Service) redeem(ctx context.Context, e *external, origin, code string, t *trip) (subject string, c externalClaims, err error) {
	found, err := s.discover(ctx, e)
	if err != nil {
		return "", c, err
	}
	ctx = oidc.ClientContext(ctx, s.opts.HTTP)
	token, err := e.config(found, origin).Exchange(ctx, code, oauth2.VerifierOption(t.Verifier))
	if err != nil {
		return "", c, errProviderDown.Because(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: e.ClientID, Now: s.now}).Verify(ctx, raw)
	if err != nil {
		return "", c, errNoLink.Because(err)
	}
	if err := id.Claims(&c); err != nil {
		return "", c, errNoLink.Because(err)
	}
	switch {
	case id.Nonce != t.Nonce || t.Nonce == "":
		err = errors.New("the nonce is another one")
	case c.Party != "" && c.Party != e.ClientID, len(id.Audience) > 1 && c.Party == "":
		err = errors.New("the token is for another client")
	case id.Subject == "" || len(id.Subject) > 255:
		err = errors.New("there is no subject")
	case t.Fresh && id.IssuedAt.Before(time.Unix(t.Asked, 0).Add(-clockGrace)):
		err = errors.New("the token is old")
	case t.Fresh && c.AuthTime != nil && time.Unix(*c.AuthTime, 0).Before(time.Unix(t.Asked, 0).Add(-clockGrace)): // §3.1.2.1
		err = errors.New("the person has not signed in again")
	}
	if err != nil {
		return "", c, errNoLink.Because(err)
	}
	return id.Subject, c, nil
}

// linked finds whose account a subject is, and ties it at the first sign-in.
func (s *Service) linked(ctx context.Context, tenant switchboard.TenantID, e *external, subject string, c externalClaims) (p switchboard.Principal, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		row, err := tx.LinkedAccount(tenant, e.slug, e.Issuer, subject)
		if err == store.ErrNone {
			row, err = s.link(tx, tenant, e, subject, c)
		}
		if err != nil {
			return err
		}
		a, err := tx.Account(row.Account)
		switch {
		case err != nil:
			return err
		case a.Disabled:
			return errDisabled
		case a.Tenant != tenant, !canSignIn(a.Kind):
			return errNoLink
		}
		t, err := tx.Tenant(a.Tenant)
		p = s.principal(t, a, Device{})
		return err
	})
	return p, err
}

func (s *Service) link(tx *store.Tx, tenant switchboard.TenantID, e *external, subject string, c externalClaims) (row store.AccountProvider, err error) {
	email := strings.ToLower(strings.TrimSpace(c.Email))
	if email == "" || !c.vouched() && !e.TrustEmail {
		return row, errNoLink
	}
	rows, err := tx.UnlinkedAccounts(tenant, e.slug, email)
	if err != nil {
		return row, err
	}
	if len(rows) != 1 { // nobody, or nobody knows who
		return row, errNoLink
	}
	first, err := tx.LinkAccount(rows[0].Account, e.Issuer, subject)
	if err == nil && !first {
		err = errNoLink
	}
	if err == nil {
		record(tx, switchboard.Principal{Account: rows[0].Account}, tenant, switchboard.AccountChanged, rows[0].Account,
			change{Change: "provider-linked", Name: e.Name})
	}
	return rows[0], err
}
