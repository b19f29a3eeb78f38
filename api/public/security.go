package public

import (
	"context"
	"encoding/json"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

type signingKeyModel struct {
	KID     string    `json:"kid"`
	Created web.Time  `json:"created"`
	Retired *web.Time `json:"retired" doc:"When it stopped signing; null for the key that signs"`
	Ends    *web.Time `json:"ends" doc:"When the last token that it signed is dead"`
	Current bool      `json:"current"`
}

type auditModel struct {
	Position    int64           `json:"position" doc:"Its place in the ledger; before of the next page"`
	Time        web.Time        `json:"time"`
	Kind        string          `json:"kind"`
	Actor       int64           `json:"actor" doc:"0 is the server, or whoever has its machine"`
	ActorName   string          `json:"actorName"`
	Subject     int64           `json:"subject"`
	SubjectName string          `json:"subjectName"`
	Details     json.RawMessage `json:"details" doc:"What else is known, an object"`
}

func (a *API) security() {
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/SigningKeys", Tag: "Security", Scope: switchboard.ScopeCompanyRead, Admin: true,
		Summary: "The keys that tokens are signed and checked with, newest first"},
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]signingKeyModel], error) {
			keys, err := a.Auth.SigningKeys(ctx, p)
			list := make([]signingKeyModel, len(keys))
			for i, k := range keys {
				list[i] = signingKeyModel{k.KID, web.Time{Time: k.Created}, instant(k.Retired), instant(k.Ends), k.Current}
			}
			return &web.Out[[]signingKeyModel]{Body: list}, err
		})
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/SigningKeys/rotate", Tag: "Security", Scope: switchboard.ScopeCompanyWrite, Admin: true,
		Summary:     "Sign with a new key from now on; tokens that are out stay good until they expire",
		Description: "The keys belong to the whole installation: administrators of other companies than its first get 403 `installation-only`."},
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Nothing, error) {
			return nil, a.Auth.RotateSigningKey(ctx, p)
		})
	web.Handle(a.rest, web.Op{Method: "GET", Path: "/AuditLog", Tag: "Security", Scope: switchboard.ScopeUsersRead, Admin: true,
		Summary: "What happened in the company, newest first: every fact but messages"},
		func(ctx context.Context, p switchboard.Principal, in *struct {
			Before int64  `query:"before" minimum:"0" doc:"Only what is older than this position"`
			Limit  int    `query:"limit" minimum:"0" maximum:"500"`
			Actor  int64  `query:"actor" minimum:"0" doc:"Only what this account did"`
			Kind   string `query:"kind" maxLength:"100" doc:"Only facts of this kind"`
		}) (*web.Out[[]auditModel], error) {
			facts, err := a.Auth.Audit(ctx, p, auth.AuditQuery{Before: switchboard.Position(in.Before), Limit: in.Limit,
				Actor: switchboard.AccountID(in.Actor), Kind: switchboard.EventKind(in.Kind)})
			list := make([]auditModel, len(facts))
			for i, f := range facts {
				list[i] = auditModel{int64(f.Position), web.Time{Time: f.Time}, string(f.Kind), int64(f.Actor), f.ActorName, f.Subject, f.SubjectName, f.Details}
				if f.Details == nil {
					list[i].Details = json.RawMessage("{}")
				}
			}
			return &web.Out[[]auditModel]{Body: list}, err
		})
}
