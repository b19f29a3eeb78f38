package auth

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"switchboard"
	"switchboard/store"
)

// importBatch is how many accounts one transaction of an import makes.
const importBatch = 500

// BulkImport makes many accounts at once; progress (may be nil) hears how many
// are done. Rows that cannot be taken are reported, the others are stored.
func (s *Service) BulkImport(ctx context.Context, p switchboard.Principal, rows []ImportRow, progress func(done int)) ([]Refused, error) {
	if err := p.RequireAdmin(); err != nil {
		return nil, err
	}
	if err := p.Require(switchboard.ScopeUsersWrite); err != nil {
		return nil, err
	}
	refused := make([]error, len(rows))
	for at := 0; at < len(rows); at += importBatch {
		end := min(at+importBatch, len(rows))
		if err := s.importRows(ctx, p, rows[at:end], refused[at:end]); err != nil {
			return collectRefused(refused), err
		}
		if progress != nil {
			progress(end)
		}
	}
	return collectRefused(refused), nil
}

func collectRefused(errs []error) (list []Refused) {
	for i, err := range errs {
		if err != nil {
			list = append(list, Refused{i, err})
		}
	}
	return list
}

// prepared is a row whose keys have been derived.
type prepared struct {
	account    Account
	credential store.Credential
}

func (s *Service) importRows(ctx context.Context, p switchboard.Principal, rows []ImportRow, refused []error) error {
	ready := make([]prepared, len(rows))
	inParallel(ctx, len(rows), func(i int) {
		ready[i], refused[i] = s.prepare(p, rows[i])
	})
	if err := ctx.Err(); err != nil {
		return switchboard.E(switchboard.Unavailable, "canceled", "the import was given up").Because(err)
	}
	var clashes []error
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		clashes = make([]error, len(rows))
		for i, r := range ready {
			if refused[i] != nil {
				continue
			}
			_, err := insertAccount(tx, p, r.account, r.credential)
			if err == errAccountHas {
				clashes[i] = err
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	for i, e := range clashes {
		if e != nil {
			refused[i] = e
		}
	}
	return err
}

func (s *Service) prepare(p switchboard.Principal, row ImportRow) (r prepared, err error) {
	n := NewAccount{Localpart: row.Name, Password: row.Password, Kind: switchboard.User, Profile: row.Profile}
	switch row.Role {
	case "", "user":
	case "operator":
		n.Kind = switchboard.Operator
	case "admin":
		n.Kind, n.Admin = switchboard.Operator, true
	default:
		return r, errField("role", "role-unknown", "the role is one of admin, operator, user")
	}
	if r.account, err = checkNew(p, n); err != nil {
		return r, err
	}
	r.credential = store.Credential{Salt: newSalt(), Iterations: s.opts.Iterations, Version: 1}
	r.credential.Keys, err = deriveKeys(row.Password, r.credential.Salt, r.credential.Iterations)
	return r, err
}

// inParallel calls fn for 0 … n-1 on every core.
func inParallel(ctx context.Context, n int, fn func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				fn(i)
			}
		})
	}
	all.Wait()
}
