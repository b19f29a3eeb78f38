package public

import (
	"context"
	"errors"
	"strconv"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

// Settings of a company about identity tokens, by their names in auth.
const (
	settingJWKS     = "identity.jwks"
	settingIssuer   = "identity.issuer"
	settingAudience = "identity.audience"

	defaultGrace = 720 // hours
)

type featuresModel struct {
	Features map[switchboard.Feature]bool `json:"features" doc:"Every feature by its name, and whether it is on"`
}

type featuresRequest struct {
	Body struct {
		Features map[string]bool `json:"features" doc:"Those to be switched; the others stay as they are"`
	}
}

type settingsModel struct {
	DeviceLimit        int           `json:"deviceLimit" doc:"Devices that one account may be signed in on"`
	DeletionGraceHours int           `json:"deletionGraceHours" doc:"Hours in which the deletion of an account can be taken back"`
	Identity           identityModel `json:"identity" doc:"How the app's backend proves who its users are"`
}

type identityModel struct {
	JWKSURL  string `json:"jwksUrl" doc:"Where the keys of the app's identity provider are"`
	Issuer   string `json:"issuer" doc:"What iss of its tokens must be"`
	Audience string `json:"audience" doc:"What aud of its tokens must hold; empty: the company's domain or GUID"`
	Key      string `json:"key" doc:"With which the app's own backend may sign instead (HS256); the text's bytes are the key"`
}

type settingsRequest struct {
	Body struct {
		DeviceLimit        *int `json:"deviceLimit,omitempty" minimum:"0" maximum:"1000" doc:"0: as many as this server allows by itself"`
		DeletionGraceHours *int `json:"deletionGraceHours,omitempty" minimum:"0" maximum:"8760" doc:"0: accounts are deleted at once"`
		Identity           *struct {
			JWKSURL  *string `json:"jwksUrl,omitempty" maxLength:"2000"`
			Issuer   *string `json:"issuer,omitempty" maxLength:"1000"`
			Audience *string `json:"audience,omitempty" maxLength:"1000"`
		} `json:"identity,omitempty"`
	}
}

func (a *API) settings() {
	op := func(method, path, summary string) web.Op {
		scope := switchboard.ScopeCompanyRead
		if method == "PUT" {
			scope = switchboard.ScopeCompanyWrite
		}
		return web.Op{Method: method, Path: "/Companies" + path, Tag: "Companies", Admin: true, Scope: scope, Summary: summary}
	}
	web.Handle(a.rest, op("GET", "/features", "Which parts of in-app chat are on"), a.features)
	web.Handle(a.rest, op("PUT", "/features", "Switch parts of in-app chat on or off"), a.setFeatures)
	web.Handle(a.rest, op("GET", "/settings", "Limits, and how users prove who they are"), a.readSettings)
	web.Handle(a.rest, op("PUT", "/settings", "Change settings; those that are absent stay as they are"), a.setSettings)
}

func (a *API) features(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[featuresModel], error) {
	t, err := a.Auth.Tenant(ctx, p)
	if err != nil {
		return nil, err
	}
	m := featuresModel{map[switchboard.Feature]bool{}}
	for _, f := range switchboard.Features() {
		m.Features[f] = t.Settings[switchboard.FeatureSetting(f)] != "off"
	}
	return web.OK(m)
}

func (a *API) setFeatures(ctx context.Context, p switchboard.Principal, in *featuresRequest) (*web.Nothing, error) {
	settings := map[string]string{}
	for name, on := range in.Body.Features {
		f := switchboard.Feature(name)
		if !switchboard.KnownFeature(f) {
			return nil, web.BadField("features", "there is no such feature")
		}
		settings[switchboard.FeatureSetting(f)] = "off"
		if on {
			settings[switchboard.FeatureSetting(f)] = ""
		}
	}
	_, err := a.Auth.UpdateTenant(ctx, p, "", settings)
	return nil, err
}

func (a *API) readSettings(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[settingsModel], error) {
	t, err := a.Auth.Tenant(ctx, p)
	if err != nil {
		return nil, err
	}
	key, err := a.Auth.IdentityKey(ctx, p)
	if err != nil {
		return nil, err
	}
	grace, err := strconv.Atoi(t.Settings[auth.SettingDeletionGrace])
	if err != nil || grace < 0 {
		grace = defaultGrace
	}
	return web.OK(settingsModel{DeviceLimit: a.Auth.DeviceLimit(t), DeletionGraceHours: grace,
		Identity: identityModel{t.Settings[settingJWKS], t.Settings[settingIssuer], t.Settings[settingAudience], key}})
}

func (a *API) setSettings(ctx context.Context, p switchboard.Principal, in *settingsRequest) (*web.Nothing, error) {
	b, settings := in.Body, map[string]string{}
	if b.DeviceLimit != nil {
		settings[auth.SettingDevices] = ""
		if *b.DeviceLimit > 0 {
			settings[auth.SettingDevices] = strconv.Itoa(*b.DeviceLimit)
		}
	}
	if b.DeletionGraceHours != nil {
		settings[auth.SettingDeletionGrace] = strconv.Itoa(*b.DeletionGraceHours)
	}
	if i := b.Identity; i != nil {
		for name, value := range map[string]*string{settingJWKS: i.JWKSURL, settingIssuer: i.Issuer, settingAudience: i.Audience} {
			if value != nil {
				settings[name] = *value
			}
		}
	}
	_, err := a.Auth.UpdateTenant(ctx, p, "", settings)
	if e := new(switchboard.Error); errors.As(err, &e) && e.Field == settingJWKS {
		return nil, e.InField("identity.jwksUrl")
	}
	return nil, err
}
