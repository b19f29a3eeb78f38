package platform

import (
	"context"

	"switchboard"
	"switchboard/web"
)

type moderationRequest struct {
	Body struct {
		BlockStatus bool     `json:"blockStatus" doc:"true: block, false: unblock"`
		ID          []string `json:"id" minItems:"1" maxItems:"500" doc:"Of users or of groups"`
		Type        string   `json:"type" enum:"user,group"`
	}
}

func (a *API) moderation() {
	op := web.Op{Method: "POST", Path: "/moderation/block", Tag: "Administration", Scope: switchboard.ScopeUsersWrite, Admin: true,
		Summary: "Block or unblock users or groups"}
	op.Description = "A blocked user is signed out and cannot sign in; a blocked group takes no messages. If one of the ids is not good, nothing changes."
	web.Handle(a.rest, op, a.moderate)
}

func (a *API) moderate(ctx context.Context, p switchboard.Principal, in *moderationRequest) (*web.Out[done], error) {
	b := in.Body
	if b.Type == "group" {
		if err := a.moderateGroups(ctx, p, b.ID, b.BlockStatus); err != nil {
			return nil, err
		}
		return say("Changes updated successfully")
	}
	ids := make([]switchboard.AccountID, len(b.ID))
	for i, id := range b.ID {
		info, err := a.account(ctx, p, id)
		if err != nil {
			return nil, err
		}
		ids[i] = info.ID
	}
	if err := a.Auth.SetEnabledAll(ctx, p, ids, !b.BlockStatus); err != nil {
		return nil, err
	}
	return say("Changes updated successfully")
}

func (a *API) moderateGroups(ctx context.Context, p switchboard.Principal, ids []string, blocked bool) error {
	jids := make([]switchboard.JID, len(ids))
	for i, id := range ids {
		var err error
		if jids[i], err = chatJID(p, group, id); err != nil {
			return err
		}
	}
	return a.Chat.ModerateGroups(ctx, p, jids, blocked)
}
