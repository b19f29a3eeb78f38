package public

import (
	"context"
	"net/http"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

// KeyModel is an API key without its secret.
type KeyModel struct {
	ID       int64               `json:"id"`
	Name     string              `json:"name"`
	ClientID string              `json:"clientId"`
	Scopes   []switchboard.Scope `json:"scopes"`
	Created  web.Time            `json:"created"`
	LastUsed *web.Time           `json:"lastUsed" doc:"To the minute"`
	Revoked  *web.Time           `json:"revoked"`
}

type createdKey struct {
	KeyModel
	ClientSecret string `json:"clientSecret" doc:"It is not shown again"`
}

func key(k auth.Key) KeyModel {
	return KeyModel{int64(k.ID), k.Name, k.ClientID, k.Scopes, web.Time{Time: k.Created}, instant(k.LastUsed), instant(k.Revoked)}
}

func (a *API) keys() {
	op := func(method, path, summary string, status int) web.Op {
		return web.Op{Method: method, Path: "/ApiKeys" + path, Tag: "ApiKeys", Scope: switchboard.ScopeKeys, Summary: summary, Status: status}
	}
	web.Handle(a.rest, op("GET", "", "The API keys, without their secrets", 0),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]KeyModel], error) {
			keys, err := a.Auth.ListKeys(ctx, p)
			list := make([]KeyModel, len(keys))
			for i, k := range keys {
				list[i] = key(k)
			}
			return &web.Out[[]KeyModel]{Body: list}, err
		})
	web.Handle(a.rest, op("GET", "/scopes", "The permissions that a key may have", 0),
		func(context.Context, switchboard.Principal, *struct{}) (*web.Out[[]switchboard.Scope], error) {
			return web.OK(switchboard.AllScopes())
		})
	web.Handle(a.rest, op("POST", "", "Create an API key; the secret is shown once", http.StatusCreated),
		func(ctx context.Context, p switchboard.Principal, in *struct {
			Body struct {
				Name   string              `json:"name" minLength:"1" maxLength:"100"`
				Scopes []switchboard.Scope `json:"scopes" minItems:"1"`
			}
		}) (*web.Out[createdKey], error) {
			k, secret, err := a.Auth.CreateKey(ctx, p, in.Body.Name, in.Body.Scopes)
			if err != nil {
				return nil, err
			}
			return web.OK(createdKey{key(k), secret})
		})
	web.Handle(a.rest, op("DELETE", "/{id}", "Revoke an API key; its tokens end at once", 0),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Nothing, error) {
			return nil, a.Auth.RevokeKey(ctx, p, switchboard.AccountID(in.ID))
		})
}
