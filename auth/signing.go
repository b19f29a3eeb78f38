package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
	"switchboard/store"
)

const (
	// keyGrace is how long another node may go on signing with a retired key.
	keyGrace = 2 * time.Minute
	// keyReload is how often each node looks whether the keys have changed.
	keyReload = time.Minute
	// keyLife is the age at which the signing key is replaced.
	keyLife = 30 * 24 * time.Hour

	typeAccess = "at+jwt" // RFC 9068 §2.1: an ID token must not pass for an access token
	typeID     = "JWT"
)

// keyRing is this node's copy of the signing keys.
type keyRing struct {
	mu     sync.Mutex
	loaded time.Time
	signer map[string]jose.Signer // by token type
	born   time.Time              // of the key that signs
	verify map[string]ringKey     // by kid
	public []jose.JSONWebKey      // newest first
}

type ringKey struct {
	key  *ecdsa.PublicKey
	ends time.Time // zero: not yet known
}

// RotateKeys makes a new signing key, used at once; the old one verifies until
// its last token is dead.
func (s *Service) RotateKeys(ctx context.Context) error {
	return s.newSigningKey(ctx, switchboard.Principal{}, always)
}

func always([]store.SigningKey) bool { return true }

// SigningKey is a key that signs tokens, or did so not long ago.
type SigningKey struct {
	KID     string
	Created time.Time
	Retired time.Time // when it stopped signing; zero: it signs
	Ends    time.Time // when what it signed is dead, so that it verifies no more; zero with Retired
	Current bool
}

// SigningKeys lists the keys that tokens are signed and checked with, the
// newest first. It needs an administrator with company.read.
func (s *Service) SigningKeys(ctx context.Context, p switchboard.Principal) (list []SigningKey, err error) {
	if err := p.RequireAdmin(); err != nil {
		return nil, err
	}
	if err := p.Require(switchboard.ScopeCompanyRead); err != nil {
		return nil, err
	}
	r, err := s.keys(ctx, time.Nanosecond) // there is one from now on, if there was none
	if err != nil {
		return nil, err
	}
	r.mu.Unlock()
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		keys, err := tx.SigningKeys()
		for _, k := range keys {
			one := SigningKey{KID: k.KID, Created: k.Created, Retired: k.Retired, Current: k.Retired.IsZero()}
			if !one.Current {
				one.Ends = k.Retired.Add(s.opts.TokenLife + keyGrace)
				if !s.now().Before(one.Ends) {
					continue
				}
			}
			list = append(list, one)
		}
		return err
	})
	return list, err
}

// errNotInstallation is for administrators of other tenants than the first.
var errNotInstallation = switchboard.E(switchboard.Forbidden, "installation-only",
	"the signing keys belong to the whole installation: only an administrator of its first company may replace them")

// RotateSigningKey makes a new signing key for the whole installation, used at
// once; the old one verifies until its last token is dead. It needs an
// administrator of the first tenant, whose owner runs the installation, with company.write.
func (s *Service) RotateSigningKey(ctx context.Context, p switchboard.Principal) error {
	if err := p.RequireAdmin(); err != nil {
		return err
	}
	if err := p.Require(switchboard.ScopeCompanyWrite); err != nil {
		return err
	}
	first, err := s.tenantBy(ctx, (*store.Tx).FirstTenant, errNoTenant)
	if err == nil && p.Tenant != first.ID && p.Account > 0 { // who has the machine has no account
		err = errNotInstallation
	}
	if err != nil {
		return err
	}
	return s.newSigningKey(ctx, p, always)
}

// newSigningKey makes a key if those that exist want it. Every tenant learns
// that its tokens have a new one, but not who of another tenant made it.
func (s *Service) newSigningKey(ctx context.Context, p switchboard.Principal, wanted func([]store.SigningKey) bool) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	kid := switchboard.NewToken()[:16]
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		keys, err := tx.SigningKeys()
		if err != nil || !wanted(keys) {
			return err
		}
		if err := tx.InsertSigningKey(store.SigningKey{KID: kid, PKCS8: der}); err != nil || len(keys) == 0 {
			return err // the first key replaces none
		}
		tenants, err := tx.Tenants()
		for _, t := range tenants {
			by := switchboard.Principal{}
			if t.ID == p.Tenant {
				by = p
			}
			record(tx, by, t.ID, switchboard.SigningRotated, switchboard.AccountID(t.ID), change{Name: kid})
		}
		return err
	})
	s.ring.mu.Lock()
	s.ring.loaded = time.Time{}
	s.ring.mu.Unlock()
	return err
}

func noneSigns(keys []store.SigningKey) bool {
	for _, k := range keys {
		if k.Retired.IsZero() {
			return false
		}
	}
	return true
}

// rotateOld replaces a signing key that has served its time.
func (s *Service) rotateOld(ctx context.Context) error {
	old := s.now().Add(-keyLife)
	s.ring.mu.Lock()
	young := s.ring.born.After(old) || s.ring.born.IsZero()
	s.ring.mu.Unlock()
	if young {
		return nil
	}
	return s.newSigningKey(ctx, switchboard.Principal{}, func(keys []store.SigningKey) bool {
		for _, k := range keys {
			if k.Retired.IsZero() && k.Created.After(old) {
				return false // another node was faster
			}
		}
		return true
	})
}

// keys returns the ring, loaded again if it is old. The caller must unlock it.
func (s *Service) keys(ctx context.Context, maxAge time.Duration) (*keyRing, error) {
	r := &s.ring
	r.mu.Lock()
	now := s.now()
	if !r.loaded.IsZero() && now.Sub(r.loaded) < maxAge {
		return r, nil
	}
	var all []store.SigningKey
	read := func() error {
		return s.db.Read(ctx, func(tx *store.Tx) (err error) {
			all, err = tx.SigningKeys()
			return err
		})
	}
	err := read()
	if err == nil && noneSigns(all) {
		r.mu.Unlock()
		err = s.newSigningKey(ctx, switchboard.Principal{}, noneSigns)
		r.mu.Lock()
		if err == nil {
			err = read()
		}
	}
	if err == nil {
		err = r.fill(all, s.opts.TokenLife+keyGrace, now)
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	return r, nil
}

func (r *keyRing) fill(all []store.SigningKey, tail time.Duration, now time.Time) error {
	r.verify, r.public = make(map[string]ringKey, len(all)), nil
	signs := false
	for _, k := range all {
		parsed, err := x509.ParsePKCS8PrivateKey(k.PKCS8)
		private, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok {
			return fmt.Errorf("auth: signing key %s cannot be read: %v", k.KID, err)
		}
		if !k.Retired.IsZero() && now.After(k.Retired.Add(tail)) {
			continue
		}
		rk := ringKey{key: &private.PublicKey}
		if !k.Retired.IsZero() {
			rk.ends = k.Retired.Add(tail)
		}
		r.verify[k.KID] = rk
		r.public = append(r.public, jose.JSONWebKey{Key: rk.key, KeyID: k.KID, Algorithm: string(jose.ES256), Use: "sig"})
		if k.Retired.IsZero() && !signs {
			signs = true
			if err := r.setSigner(private, k.KID); err != nil {
				return err
			}
			r.born = k.Created
		}
	}
	r.loaded = now
	return nil
}

func (r *keyRing) setSigner(key *ecdsa.PrivateKey, kid string) error {
	r.signer = map[string]jose.Signer{}
	for _, typ := range []string{typeAccess, typeID} {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: kid}},
			(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
		if err != nil {
			return err
		}
		r.signer[typ] = signer
	}
	return nil
}

// sign makes a compact JWS of a payload.
func (s *Service) sign(ctx context.Context, typ string, payload []byte) (string, error) {
	r, err := s.keys(ctx, keyReload)
	if err != nil {
		return "", err
	}
	signer := r.signer[typ]
	r.mu.Unlock()
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// publicKey finds the key that a token names. A key that this node has not
// seen yet is looked for in the store, at most once a second.
func (s *Service) publicKey(ctx context.Context, kid string) (*ecdsa.PublicKey, error) {
	for _, maxAge := range []time.Duration{keyReload, time.Second} {
		r, err := s.keys(ctx, maxAge)
		if err != nil {
			return nil, err
		}
		k, ok := r.verify[kid]
		r.mu.Unlock()
		if ok && (k.ends.IsZero() || s.now().Before(k.ends)) {
			return k.key, nil
		}
	}
	return nil, nil
}

// keySet is what the world may know of the keys.
func (s *Service) keySet(ctx context.Context) (jose.JSONWebKeySet, error) {
	r, err := s.keys(ctx, time.Second)
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	defer r.mu.Unlock()
	return jose.JSONWebKeySet{Keys: append([]jose.JSONWebKey(nil), r.public...)}, nil
}
