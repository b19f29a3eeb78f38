package platform

import (
	"context"
	"encoding/json"
	"strings"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

type registerRequest struct {
	Authorization string `header:"Authorization" doc:"A proof: a token of the account or of an administrator"`
	Body          struct {
		DeviceType     string                     `json:"deviceType,omitempty" doc:"web, android or ios; web if absent"`
		LicenseKey     string                     `json:"licenseKey" doc:"Names the application"`
		UserIdentifier string                     `json:"userIdentifier" doc:"The user's name: at most 191 bytes; letters, digits, - and _ are always good"`
		ForceRegister  *bool                      `json:"forceRegister,omitempty" doc:"At the device limit: sign the oldest device out (true, the default) or be refused with 405"`
		Metadata       map[string]json.RawMessage `json:"metadata,omitempty" doc:"At most three pairs for a new account; values are strings, numbers or booleans"`
		IdentityToken  string                     `json:"identityToken,omitempty" doc:"A proof: a JWT that the app's own backend signed with the application's key"`
		Password       string                     `json:"password,omitempty" doc:"A proof: the password of the account, or of one of its devices"`
	}
}

// registration is the answer to both register calls. It has no envelope.
type registration struct {
	Token            string      `json:"token" doc:"For the Authorization header, valid for one hour"`
	Username         string      `json:"username" doc:"The user identifier"`
	Password         string      `json:"password" doc:"Of this device; it is not shown again"`
	IsExisting       bool        `json:"isExisting" doc:"The account was there before"`
	IsProfileUpdated bool        `json:"isProfileUpdated" doc:"The account has a name"`
	IsSandbox        bool        `json:"isSandbox" doc:"The application is in trial mode"`
	UserJID          string      `json:"userJid" doc:"The account's XMPP address"`
	Config           configModel `json:"config"`
}

func (a *API) register() {
	op := func(path, summary, description string) web.Op {
		return web.Op{Method: "POST", Path: path, Tag: "Sign-in", Anonymous: true, Summary: summary, Description: description}
	}
	web.Handle(a.rest, op("/register", "A credential for a device",
		"The answer has no envelope. The identity has to be proved, by `identityToken`, by `password`, or by a token in the Authorization "+
			"header (of the account, or of an administrator)."),
		func(ctx context.Context, _ switchboard.Principal, in *registerRequest) (*web.Out[registration], error) {
			return a.registerDevice(ctx, in, false)
		})
	web.Handle(a.rest, op("/sandbox/register", "A credential for a device, without a proof of identity",
		"Only while the application is in trial mode: then whoever has its licence key may be anyone of its users. The answer has no envelope."),
		func(ctx context.Context, _ switchboard.Principal, in *registerRequest) (*web.Out[registration], error) {
			return a.registerDevice(ctx, in, true)
		})
}

func (a *API) registerDevice(ctx context.Context, in *registerRequest, sandbox bool) (*web.Out[registration], error) {
	b := in.Body
	metadata, err := scalars("metadata", b.Metadata)
	if err != nil {
		return nil, err
	}
	r, err := a.Auth.RegisterDevice(ctx, auth.RegisterRequest{License: b.LicenseKey, Identifier: b.UserIdentifier, DeviceType: b.DeviceType,
		Force: b.ForceRegister == nil || *b.ForceRegister, Sandbox: sandbox, Metadata: metadata, Proof: in.proof(),
		RemoteAddr: web.ClientAddr(ctx).String()})
	if err != nil {
		return nil, err
	}
	return web.OK(registration{Token: r.Token, Username: r.Username, Password: r.Password, IsExisting: r.IsExisting,
		IsProfileUpdated: r.IsProfileUpdated, IsSandbox: r.Tenant.Trial, UserJID: r.Principal.Bare().String(),
		Config: a.config(ctx, r.Tenant.Domain)})
}

// proof is what the client says to be allowed to register: what it put into
// this request counts more than the header that it sends along with every one.
func (in *registerRequest) proof() string {
	for _, proof := range []string{in.Body.IdentityToken, in.Body.Password} {
		if strings.TrimSpace(proof) != "" {
			return proof
		}
	}
	return in.Authorization
}

// scalars makes texts of the values of a metadata object; null is an absent one.
func scalars(field string, object map[string]json.RawMessage) (map[string]string, error) {
	texts := make(map[string]string, len(object))
	for key, raw := range object {
		if key == "" {
			return nil, web.BadField(field, "a value has no key")
		}
		switch raw[0] {
		case '{', '[':
			return nil, web.BadField(field, "values are strings, numbers or booleans")
		case '"':
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return nil, web.BadField(field, "values are strings, numbers or booleans")
			}
			texts[key] = s
		case 'n':
		default:
			texts[key] = string(raw)
		}
	}
	return texts, nil
}
