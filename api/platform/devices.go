package platform

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

// deviceModel is a device that one is signed in on.
type deviceModel struct {
	ID       string  `json:"id"`
	Type     string  `json:"type" doc:"web, android, ios …"`
	Name     string  `json:"name" example:"Firefox on Linux"`
	Created  string  `json:"created" doc:"RFC 3339, UTC"`
	LastUsed *string `json:"lastUsed" doc:"When it last signed in, to the hour"`
	Current  bool    `json:"current" doc:"It is the one that asks"`
}

type devicesModel struct {
	Devices []deviceModel `json:"devices"`
}

type codeRequest struct {
	UserCode string `query:"userCode" required:"true" maxLength:"100" doc:"As the page shows it"`
}

type answerRequest struct {
	Body struct {
		UserCode string `json:"userCode" maxLength:"100"`
		Approve  bool   `json:"approve" doc:"false: refuse it"`
	}
}

// askModel is what asks to be signed in.
type askModel struct {
	UserCode    string `json:"userCode"`
	Application string `json:"application"`
	Browser     string `json:"browser" example:"Firefox"`
	Platform    string `json:"platform" example:"Linux"`
	Origin      string `json:"origin" doc:"Of the page that asks"`
	Address     string `json:"address" doc:"Of the network that it asks from"`
	Place       string `json:"place" enum:"here,same-network,local-network,elsewhere" doc:"Where that is, seen from who is asked: the same machine, behind the same address, a private network, anywhere"`
	Requested   string `json:"requested" doc:"RFC 3339, UTC"`
	Expires     string `json:"expires"`
}

var errDeviceID = switchboard.E(switchboard.Invalid, "device-id-invalid", "Invalid device id.")

func (a *API) devices() {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Devices", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, op("GET", "/users/devices", "The devices that one is signed in on"), a.listDevices)
	web.Handle(a.rest, op("DELETE", "/users/devices/{id}", "Sign a device out"),
		func(ctx context.Context, p switchboard.Principal, in *struct {
			ID string `path:"id"`
		}) (*web.Out[done], error) {
			id, err := strconv.ParseInt(in.ID, 10, 64)
			if err != nil || id <= 0 {
				return nil, errDeviceID
			}
			if err := a.Auth.RevokeDevice(ctx, p, switchboard.DeviceID(id), auth.ReasonRevoked); err != nil {
				return nil, err
			}
			return say("Device signed out successfully")
		})
	web.Handle(a.rest, op("GET", "/users/devices/request", "What asks to be signed in with a code"), a.deviceRequest)
	approve := op("POST", "/users/devices/approve", "Sign the page that shows a code in, or refuse it")
	approve.Description = "A code is good once, and for five minutes. Whoever approves should have seen what asks."
	web.Handle(a.rest, approve, a.answerDevice)
}

func (a *API) listDevices(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[devicesModel]], error) {
	list, err := a.Auth.Devices(ctx, p, p.Account)
	if err != nil {
		return nil, err
	}
	m := devicesModel{make([]deviceModel, len(list))}
	for i, d := range list {
		m.Devices[i] = deviceModel{ID: strconv.FormatInt(int64(d.ID), 10), Type: d.Type, Name: d.Name, Created: instant(d.Created), Current: d.ID == p.Device}
		if !d.Used.IsZero() {
			used := instant(d.Used)
			m.Devices[i].LastUsed = &used
		}
	}
	return answer(m, retrieved)
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (a *API) deviceRequest(ctx context.Context, p switchboard.Principal, in *codeRequest) (*web.Out[envelope[askModel]], error) {
	ask, err := a.Auth.DeviceRequest(ctx, p, in.UserCode)
	if err != nil {
		return nil, err
	}
	return answer(askModel{ask.UserCode, ask.Client, ask.Browser, ask.Platform, ask.Origin, ask.Address, place(ask.Address, web.ClientAddr(ctx)),
		instant(ask.Asked), instant(ask.Expires)}, retrieved)
}

// place says what an address tells of where somebody is. There are no maps of
// addresses here: they are wrong too often to decide by.
func place(of string, here netip.Addr) string {
	at, err := netip.ParseAddr(of)
	switch at = at.Unmap(); {
	case err != nil:
	case at.IsLoopback():
		return "here"
	case at == here, at.Is6() && here.Is6() && netip.PrefixFrom(at, 64).Contains(here):
		return "same-network"
	case at.IsPrivate(), at.IsLinkLocalUnicast():
		return "local-network"
	}
	return "elsewhere"
}

func (a *API) answerDevice(ctx context.Context, p switchboard.Principal, in *answerRequest) (*web.Out[done], error) {
	if err := a.Auth.AnswerDevice(ctx, p, in.Body.UserCode, in.Body.Approve); err != nil {
		return nil, err
	}
	if in.Body.Approve {
		return say("The device is being signed in")
	}
	return say("The device has been refused")
}
