package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"switchboard"
	"switchboard/store"
	"switchboard/web"
)

// DeviceAuthorization is RFC 8628 §3.1: a page asks to be signed in. Beside the
// scope it may name its application by licenseKey and its kind by device_type.
func (p *provider) DeviceAuthorization(ctx context.Context, r *op.ClientRequest[oidc.DeviceAuthorizationRequest]) (*op.Response, error) {
	c, ok := r.Client.(*client)
	if !ok || c.public == nil || !c.public.device {
		return nil, refused(http.StatusBadRequest, oidc.ErrUnauthorizedClient(), "this client cannot ask for a device")
	}
	scopes, _, ok := granted(r.Data.Scopes, deviceScopes)
	if !ok {
		return nil, invalidScope()
	}
	tenant, err := p.s.deviceTenant(ctx, r.Form.Get("licenseKey"))
	if err != nil {
		return nil, serverError(err)
	}
	g := store.DeviceGrant{Tenant: tenant, Client: c.public.id, Scopes: scopeText(nil, scopes), Origin: pageOrigin(r.Header),
		Agent: headerText(r.Header.Get("User-Agent"), maxAgent), Address: web.ClientAddr(ctx).String(), Pace: devicePace}
	code, err := p.s.newDeviceGrant(ctx, &g)
	if err != nil {
		return nil, serverError(err)
	}
	where := originOf(ctx) + devicePath
	shown := showUserCode(g.UserCode)
	return op.NewResponse(&oidc.DeviceAuthorizationResponse{DeviceCode: code, UserCode: shown, VerificationURI: where,
		VerificationURIComplete: where + "?" + url.Values{"user_code": {shown}}.Encode(),
		ExpiresIn:               int(deviceLife.Seconds()), Interval: int(devicePace.Seconds())}), nil
}

// deviceScopes is what a device may be given that asks in this way.
var deviceScopes = []switchboard.Scope{switchboard.ScopeChat}

// asking lets an address ask for devices only so often (RFC 6585 §4).
func (s *Service) asking(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if ok, wait := s.asks.Allow(addressKey(web.ClientIP(r).String())); !ok {
				w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
				web.WriteJSON(w, http.StatusTooManyRequests,
					&oidc.Error{ErrorType: "temporarily_unavailable", Description: "too many requests; wait a little and try again"})
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// pageOrigin is the page that a request comes from. Browsers do not let pages
// choose it; a page that has none of its own says "null".
func pageOrigin(h http.Header) string { return headerText(h.Get("Origin"), 300) }

// headerText is the beginning of a header that a stranger sent, as text.
func headerText(value string, most int) string {
	return strings.ToValidUTF8(value[:min(len(value), most)], "")
}

// deviceTenant is the application that a licence key names, else that of the
// host, else the first.
func (s *Service) deviceTenant(ctx context.Context, licence string) (switchboard.TenantID, error) {
	if licence != "" {
		t, err := s.TenantByLicence(ctx, licence)
		if switchboard.KindOf(err) == switchboard.Invalid {
			err = refused(http.StatusBadRequest, oidc.ErrInvalidRequest(), switchboard.AsError(err).Message)
		}
		return t.ID, err
	}
	t, err := s.tenantBy(ctx, func(tx *store.Tx) (store.Tenant, error) {
		if d := s.TenantDomain(ctx, web.ClientHost(ctx)); d != "" {
			return tx.TenantByDomain(d)
		}
		return tx.FirstTenant()
	}, errNoTenant)
	return t.ID, err
}

// newDeviceGrant stores a grant under codes that nobody else has.
func (s *Service) newDeviceGrant(ctx context.Context, g *store.DeviceGrant) (code string, err error) {
	for range 3 {
		code = switchboard.NewToken() + switchboard.NewToken()
		g.Hash, g.UserCode = secretHash(code), newUserCode()
		err = s.db.Write(ctx, func(tx *store.Tx) error {
			g.Expires = tx.Now().Add(deviceLife)
			return tx.InsertDeviceGrant(*g)
		})
		if !errors.Is(err, store.ErrDuplicate) {
			break
		}
	}
	return code, err
}

// deviceAnswer is an access token with the credential of the new device.
type deviceAnswer struct {
	*oidc.AccessTokenResponse
	Username string `json:"username"`
	Password string `json:"password"`
	JID      string `json:"jid"`
}

// DeviceToken is RFC 8628 §3.4.
func (p *provider) DeviceToken(ctx context.Context, r *op.ClientRequest[oidc.DeviceAccessTokenRequest]) (*op.Response, error) {
	g, wrong, err := p.s.pollDevice(ctx, r.Client.GetID(), r.Data.DeviceCode, pageOrigin(r.Header))
	if err == nil && wrong == nil {
		var reg Registration
		if reg, wrong, err = p.s.exchangeDevice(ctx, g, r.Form.Get("device_type"), op.IssuerFromContext(ctx)); err == nil && wrong == nil {
			return op.NewResponse(&deviceAnswer{Username: reg.Username, Password: reg.Password, JID: reg.Principal.Bare().String(),
				AccessTokenResponse: &oidc.AccessTokenResponse{AccessToken: reg.Token, TokenType: oidc.BearerToken, ExpiresIn: p.s.expiresIn(),
					Scope: strings.Fields(g.Scopes)}}), nil
		}
	}
	if err != nil {
		return nil, serverError(err)
	}
	return nil, op.NewStatusError(wrong, http.StatusBadRequest)
}

func oauthErr(e *oidc.Error, description string) *oidc.Error {
	e.Description = description
	return e
}

// pollDevice tells how a grant stands; wrong is nil if it has been approved.
// A code that comes from another page than the one that asked is worth nothing.
func (s *Service) pollDevice(ctx context.Context, clientID, code, origin string) (g store.DeviceGrant, wrong *oidc.Error, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		g, err = tx.DeviceGrant(secretHash(code))
		now := tx.Now()
		switch {
		case err != nil && err != store.ErrNone:
			return err
		case err == store.ErrNone, g.Client != clientID, g.Origin != origin, !g.Spent.IsZero():
			wrong = oauthErr(oidc.ErrInvalidGrant(), "the device code is not valid")
		case !now.Before(g.Expires):
			wrong = oauthErr(oidc.ErrExpiredDeviceCode(), "the device code has expired; ask for another one")
		case g.Answer == store.DeviceRefused:
			wrong = oauthErr(oidc.ErrAccessDenied(), "the request was refused")
		case g.Answer == store.DeviceApproved:
			wrong = nil
		case !g.Polled.IsZero() && now.Sub(g.Polled) < g.Pace-paceGrace:
			wrong = oauthErr(oidc.ErrSlowDown(), "ask less often")
			return tx.PollDeviceGrant(g.Hash, g.Pace+slowerBy)
		default:
			wrong = oauthErr(oidc.ErrAuthorizationPending(), "nobody has answered yet")
			return tx.PollDeviceGrant(g.Hash, g.Pace)
		}
		return nil
	})
	return g, wrong, err
}

var errGrantOver = errors.New("auth: the grant was exchanged before")

// exchangeDevice signs the device of an approved grant in, once.
func (s *Service) exchangeDevice(ctx context.Context, g store.DeviceGrant, kind, issuer string) (reg Registration, wrong *oidc.Error, err error) {
	var tenant Tenant
	var a Account
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		if a, err = tx.Account(g.Account); err == nil {
			tenant, err = tx.Tenant(g.Tenant)
		}
		return err
	})
	n := newDevice{kind: kind, agent: g.Agent, address: g.Address, scopes: g.Scopes, force: true, spare: g.Device, issuer: issuer,
		by: authority{g.Account, g.Device, g.Version}}
	if text("device_type", kind, maxDeviceType) != nil || kind == "" {
		n.kind = "web"
	}
	n.allowed = func(tx *store.Tx, now Account) error {
		first, err := tx.SpendDeviceGrant(g.Hash)
		if err == nil && !first {
			err = errGrantOver
		}
		if err != nil {
			return err
		}
		state, err := tx.TokenState("", g.Device, g.Account)
		if err == nil && (now.ID != g.Account || state.Disabled || !canSignIn(state.Kind) || state.Version != g.Version || g.Device != 0 && !state.Device) {
			err = errDeviceAccount
		}
		return err
	}
	if err == nil {
		reg, err = s.register(ctx, tenant, a, n)
	}
	switch {
	case errors.Is(err, errGrantOver):
		return reg, oauthErr(oidc.ErrInvalidGrant(), "the device code has been used"), nil
	case err == store.ErrNone, errors.Is(err, errProof), switchboard.KindOf(err) == switchboard.Forbidden, switchboard.KindOf(err) == switchboard.Conflict:
		return reg, oauthErr(oidc.ErrAccessDenied(), "the account may not sign in any more"), nil
	}
	return reg, nil, err
}
