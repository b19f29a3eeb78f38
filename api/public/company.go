package public

import (
	"context"

	"switchboard"
	"switchboard/web"
)

type companyModel struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	CompanyGUID string `json:"companyGuid"`
	Language    string `json:"language"`
	Timezone    string `json:"timezone"`
	Domain      string `json:"domain" doc:"The XMPP domain"`
	LicenseKey  string `json:"licenseKey,omitempty" doc:"Names the company to the Platform API; only administrators see it"`
	Trial       bool   `json:"trial" doc:"Whoever holds the licence key may register as anyone"`
}

type groupModel struct {
	ID           int64    `json:"id"`
	Name         string   `json:"name"`
	Created      web.Time `json:"created"`
	Type         string   `json:"type"`
	DepartmentID int64    `json:"departmentId"`
}

type departmentModel struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (a *API) company() {
	read := func(path, tag, summary string) web.Op {
		return web.Op{Method: "GET", Path: path, Tag: tag, Summary: summary}
	}
	web.Handle(a.rest, read("/Companies", "Companies", "The company of whoever asks"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[companyModel], error) {
			return a.oneCompany(ctx, p, int64(p.Tenant))
		})
	web.Handle(a.rest, read("/Companies/{id}", "Companies", "A company by its id"),
		func(ctx context.Context, p switchboard.Principal, in *IDPath) (*web.Out[companyModel], error) {
			return a.oneCompany(ctx, p, in.ID)
		})
	web.Handle(a.rest, web.Op{Method: "POST", Path: "/Companies/endTrial", Tag: "Companies", Admin: true, Scope: switchboard.ScopeCompanyWrite,
		Summary: "End trial mode for good; the licence key is replaced"},
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Nothing, error) {
			_, err := a.Auth.EndTrial(ctx, p)
			return nil, err
		})
	web.Handle(a.rest, read("/Groups", "Groups", "The operator groups where sessions wait"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]groupModel], error) {
			queues, err := a.Desk.Queues(ctx, p)
			list := make([]groupModel, len(queues))
			for i, q := range queues {
				list[i] = groupModel{int64(q.ID), q.Name, web.Time{Time: q.Created}, q.Kind, int64(q.Department)}
			}
			return &web.Out[[]groupModel]{Body: list}, err
		})
	web.Handle(a.rest, read("/Departments", "Departments", "The company's departments"),
		func(ctx context.Context, p switchboard.Principal, _ *struct{}) (*web.Out[[]departmentModel], error) {
			departments, err := a.Desk.Departments(ctx, p)
			list := make([]departmentModel, len(departments))
			for i, d := range departments {
				list[i] = departmentModel{int64(d.ID), d.Name}
			}
			return &web.Out[[]departmentModel]{Body: list}, err
		})
}

func (a *API) oneCompany(ctx context.Context, p switchboard.Principal, id int64) (*web.Out[companyModel], error) {
	if err := p.Require(switchboard.ScopeCompanyRead); err != nil && p.Kind != switchboard.Operator {
		return nil, err
	}
	if switchboard.TenantID(id) != p.Tenant {
		return nil, errNoCompany
	}
	t, err := a.Auth.Tenant(ctx, p)
	if err != nil {
		return nil, err
	}
	m := companyModel{ID: int64(t.ID), Name: t.Name, CompanyGUID: t.GUID, Language: setting(t.Settings, "language", "en"),
		Timezone: setting(t.Settings, "timezone", "UTC"), Domain: t.Domain, Trial: t.Trial}
	if p.Admin {
		m.LicenseKey = t.Licence
	}
	return web.OK(m)
}

var errNoCompany = switchboard.E(switchboard.NotFound, "company-unknown", "there is no company with this id")

// ownCompany refuses every company but the principal's own; 0 names none.
func ownCompany(p switchboard.Principal, id int64) error {
	if id != 0 && switchboard.TenantID(id) != p.Tenant {
		return errNoCompany
	}
	return nil
}

func setting(m map[string]string, key, otherwise string) string {
	if v := m[key]; v != "" {
		return v
	}
	return otherwise
}
