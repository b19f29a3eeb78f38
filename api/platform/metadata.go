package platform

import (
	"context"
	"encoding/json"

	"switchboard"
	"switchboard/chat"
	"switchboard/web"
)

// metadataModel carries its message inside, as documented.
type metadataModel struct {
	MetaData map[string]string `json:"metaData"`
	Message  string            `json:"message"`
}

type metadataRequest struct {
	Body map[string]json.RawMessage
}

type metadataOfRequest struct {
	UserPath
	Body map[string]json.RawMessage
}

var errNoPairs = switchboard.E(switchboard.Invalid, "metadata-missing", "send the metadata as one to three pairs")

func (a *API) metadata() {
	op := func(method, path, summary string) web.Op {
		return web.Op{Method: method, Path: path, Tag: "Users", Scope: switchboard.ScopeChat, Summary: summary}
	}
	web.Handle(a.rest, op("GET", "/users/getMetaData", "One's own metadata"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[envelope[metadataModel]], error) {
			return a.metadataOf(ctx, p, p.Localpart)
		})
	web.Handle(a.rest, op("GET", "/users/getMetaData/{userId}", "A user's metadata"),
		func(ctx context.Context, p switchboard.Principal, in *UserPath) (*web.Out[envelope[metadataModel]], error) {
			return a.metadataOf(ctx, p, in.UserID)
		})
	update := op("PUT", "/users/updateMetaData", "Replace one's own metadata")
	update.Description = "The body is one object of at most three pairs; values are strings, numbers or booleans, and null stands for none. " +
		"What was there before is gone."
	web.Handle(a.rest, update,
		func(ctx context.Context, p switchboard.Principal, in *metadataRequest) (*web.Out[envelope[metadataModel]], error) {
			return a.updateMetadata(ctx, p, p.Account, in.Body)
		})
	update = op("PUT", "/users/updateMetaData/{userId}", "Replace a user's metadata: one's own, or anybody's as an administrator")
	web.Handle(a.rest, update,
		func(ctx context.Context, p switchboard.Principal, in *metadataOfRequest) (*web.Out[envelope[metadataModel]], error) {
			id, err := a.ownOrAny(ctx, p, in.UserID)
			if err != nil {
				return nil, err
			}
			return a.updateMetadata(ctx, p, id, in.Body)
		})
}

func (a *API) metadataOf(ctx context.Context, p switchboard.Principal, id string) (*web.Out[envelope[metadataModel]], error) {
	person, err := a.person(ctx, p, id)
	if err != nil {
		return nil, err
	}
	const message = "Data Retrieved Successfully"
	return answer(metadataModel{pairs(person.Profile.Metadata), message}, message)
}

func (a *API) updateMetadata(ctx context.Context, p switchboard.Principal, id switchboard.AccountID, body map[string]json.RawMessage) (*web.Out[envelope[metadataModel]], error) {
	if len(body) == 0 {
		return nil, errNoPairs
	}
	metadata, err := scalars("metaData", body)
	if err != nil {
		return nil, err
	}
	if err := a.Chat.SetProfileOf(ctx, p, id, func(f *chat.Profile) { f.Metadata = metadata }); err != nil {
		return nil, err
	}
	const message = "User Successfully Updated"
	return answer(metadataModel{metadata, message}, message)
}
