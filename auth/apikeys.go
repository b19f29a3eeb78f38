package auth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"switchboard"
	"switchboard/store"
)

var (
	errNoKey    = switchboard.E(switchboard.NotFound, "key-unknown", "there is no such API key")
	errKeyLimit = switchboard.E(switchboard.TooMany, "key-limit", "there are too many API keys; revoke one first")
	// errClient is the one answer to an unknown client and a wrong secret.
	errClient = switchboard.E(switchboard.Unauthorized, "client-wrong", "the API username or password is wrong")
)

// usePause is how exactly the last use of a key is known.
const usePause = time.Minute

// secretHash is what is stored of a secret that the server made: it has 128
// random bits, so a slow hash would add nothing.
func secretHash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// CreateKey makes an API key; the secret is shown this once. It needs the
// permission keys, and a key cannot have permissions that its maker lacks.
func (s *Service) CreateKey(ctx context.Context, p switchboard.Principal, name string, scopes []switchboard.Scope) (Key, string, error) {
	if err := p.Require(switchboard.ScopeKeys); err != nil {
		return Key{}, "", err
	}
	name = strings.TrimSpace(name)
	if name == "" {
		return Key{}, "", errField("name", "name-missing", "give the key a name")
	}
	if err := text("name", name, maxName); err != nil {
		return Key{}, "", err
	}
	scopes, err := keyScopes(p, scopes)
	if err != nil {
		return Key{}, "", err
	}
	k := Key{Name: name, ClientID: switchboard.NewToken(), Scopes: scopes}
	secret := switchboard.NewToken()
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if n, err := tx.CountAPIKeys(p.Tenant); err != nil || n >= s.opts.MaxKeys {
			if err == nil {
				err = errKeyLimit
			}
			return err
		}
		a, err := tx.InsertAccount(Account{Tenant: p.Tenant, Localpart: k.ClientID, Kind: switchboard.Client, Profile: Profile{Name: name}})
		if err != nil {
			return err
		}
		k.ID, k.Created = a.ID, a.Created
		record(tx, p, p.Tenant, switchboard.KeyCreated, a.ID, change{Name: name})
		return tx.InsertAPIKey(store.APIKey{Account: a.ID, Tenant: p.Tenant, ClientID: k.ClientID, Name: name,
			Hash: secretHash(secret), Scopes: scopeText(nil, scopes)})
	})
	return k, secret, err
}

func keyScopes(p switchboard.Principal, scopes []switchboard.Scope) ([]switchboard.Scope, error) {
	if len(scopes) == 0 {
		return nil, errField("scopes", "scope-missing", "choose at least one permission")
	}
	for _, sc := range scopes {
		if !slices.Contains(switchboard.AllScopes(), sc) {
			return nil, errField("scopes", "scope-unknown", "one of the permissions does not exist")
		}
		if err := p.Require(sc); err != nil {
			return nil, err
		}
	}
	return common(switchboard.AllScopes(), scopes), nil
}

// ListKeys lists the tenant's API keys, newest first.
func (s *Service) ListKeys(ctx context.Context, p switchboard.Principal) (list []Key, err error) {
	if err := p.Require(switchboard.ScopeKeys); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		keys, err := tx.APIKeys(p.Tenant)
		list = make([]Key, len(keys))
		for i, k := range keys {
			scopes, _ := splitScopes(k.Scopes)
			list[i] = Key{ID: k.Account, Name: k.Name, ClientID: k.ClientID, Scopes: scopes, Created: k.Created, LastUsed: k.Used, Revoked: k.Revoked}
		}
		return err
	})
	return list, err
}

// RevokeKey ends an API key and its tokens.
func (s *Service) RevokeKey(ctx context.Context, p switchboard.Principal, id switchboard.AccountID) error {
	if err := p.Require(switchboard.ScopeKeys); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		k, err := tx.APIKeyOf(id)
		if err == store.ErrNone || err == nil && k.Tenant != p.Tenant {
			return errNoKey
		}
		if err != nil {
			return err
		}
		live, err := tx.RevokeAPIKey(id)
		if err != nil || !live {
			return err
		}
		record(tx, p, p.Tenant, switchboard.KeyRevoked, id, change{Name: k.Name})
		return tx.SetAccountDisabled(id, true)
	})
	s.epoch.Add(1)
	return err
}

// clientHit is an API key as it was a moment ago.
type clientHit struct {
	key    store.APIKey
	domain string
	at     time.Time
	epoch  int64
}

// apiClient checks an API key's id and secret.
func (s *Service) apiClient(ctx context.Context, id, secret string) (clientHit, error) {
	hit, err := s.apiKey(ctx, id)
	if err != nil {
		return hit, err
	}
	known := len(hit.key.Hash) == sha256.Size && hit.key.Revoked.IsZero()
	want := make([]byte, sha256.Size)
	copy(want, hit.key.Hash)
	if subtle.ConstantTimeCompare(want, secretHash(secret)) != 1 || !known {
		return clientHit{}, errClient
	}
	s.keyUsed(id, hit)
	return hit, nil
}

// apiKey reads an API key, or remembers it; an unknown one is empty.
func (s *Service) apiKey(ctx context.Context, id string) (hit clientHit, err error) {
	if !isToken(id) {
		return hit, nil
	}
	now, epoch := s.now(), s.epoch.Load()
	hit, ok := s.clients.get(id)
	if ok && hit.epoch == epoch && now.Sub(hit.at) < stateLife && !now.Before(hit.at) {
		return hit, nil
	}
	used := hit.key.Used
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		k, err := tx.APIKey(id)
		if err == store.ErrNone {
			hit = clientHit{}
			return nil
		}
		if err != nil {
			return err
		}
		t, err := tx.Tenant(k.Tenant)
		hit = clientHit{key: k, domain: t.Domain, at: now, epoch: epoch}
		return err
	})
	if err != nil || hit.at.IsZero() {
		return hit, err
	}
	if used.After(hit.key.Used) {
		hit.key.Used = used // not committed yet
	}
	s.clients.put(id, hit)
	return hit, nil
}

func isToken(id string) bool {
	if len(id) != 32 {
		return false
	}
	return strings.Trim(id, "0123456789abcdef") == ""
}

// keyUsed notes the last use of a key, at most once a minute.
func (s *Service) keyUsed(id string, hit clientHit) {
	now := s.now()
	if now.Sub(hit.key.Used) < usePause {
		return
	}
	hit.key.Used = now
	s.clients.put(id, hit)
	s.db.Submit(func(tx *store.Tx) error { return tx.SetAPIKeyUsed(hit.key.Account, now) }, func(error) {})
}

// principalOfKey is who an API key is.
func principalOfKey(hit clientHit) switchboard.Principal {
	scopes, _ := splitScopes(hit.key.Scopes)
	return switchboard.Principal{
		Tenant: hit.key.Tenant, Account: hit.key.Account, Kind: switchboard.Client, Localpart: hit.key.ClientID, Domain: hit.domain,
		Scopes: scopes, Dialect: switchboard.PublicDialect, Client: hit.key.ClientID,
	}
}
