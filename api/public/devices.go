package public

import (
	"cmp"
	"context"
	"slices"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

type deviceModel struct {
	ID       int64    `json:"id"`
	Type     string   `json:"type" doc:"What the app said when it registered: web, android …"`
	Name     string   `json:"name" doc:"What it called itself, such as a browser and its system; else the client through which somebody signed in"`
	Created  web.Time `json:"created"`
	LastUsed web.Time `json:"lastUsed" doc:"To the hour"`
}

// DevicePath names a device of an account.
type DevicePath struct {
	IDPath
	DeviceID int64 `path:"deviceId"`
}

var errNoDevice = switchboard.E(switchboard.NotFound, "device-unknown", "this account has no such device")

func (a *API) devices() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/Accounts/{id}/devices", Tag: "Accounts", Scope: switchboard.ScopeUsersRead,
		Summary: "Where an account is signed in, oldest first"},
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[[]deviceModel], error) {
			devices, err := a.Auth.Devices(ctx, p, switchboard.AccountID(in.ID))
			list := make([]deviceModel, len(devices))
			for i, d := range devices {
				list[i] = deviceModel{int64(d.ID), d.Type, cmp.Or(d.Name, d.Client), web.Time{Time: d.Created}, web.Time{Time: d.Used}}
			}
			return &web.Out[[]deviceModel]{Body: list}, err
		})
	web.Handle(a.rest, web.Op{Method: "DELETE", Path: "/Accounts/{id}/devices/{deviceId}", Tag: "Accounts", Scope: switchboard.ScopeUsersWrite,
		Summary: "Sign a device out; its stream and tokens end at once"},
		func(ctx context.Context, p switchboard.Principal, in *DevicePath) (*web.Nothing, error) {
			devices, err := a.Auth.Devices(ctx, p, switchboard.AccountID(in.ID))
			if err != nil {
				return nil, err
			}
			id := switchboard.DeviceID(in.DeviceID)
			if !slices.ContainsFunc(devices, func(d auth.Device) bool { return d.ID == id }) {
				return nil, errNoDevice
			}
			return nil, a.Auth.RevokeDevice(ctx, p, id, auth.ReasonRevoked)
		})
}
