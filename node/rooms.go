package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"switchboard/auth"
	"switchboard/blob"
	"switchboard/bus"
	"switchboard/chat"
	"switchboard/config"
	"switchboard/desk"
	"switchboard/stats"
	"switchboard/store"
	"switchboard/webhook"
)

// Options are what a node needs beside its configuration. Every field may be
// left out.
type Options struct {
	Log     *slog.Logger
	Now     func() time.Time
	Version string
}

// Rooms are the rooms below the fronts, on one store.
type Rooms struct {
	Config  config.Config
	Store   *store.DB
	Blob    *blob.Store
	Bus     *bus.Bus
	Auth    *auth.Service
	Chat    *chat.Service
	Desk    *desk.Service
	Webhook *webhook.Service
	Stats   *stats.Service
	Tenant  auth.Tenant // the first one

	opts Options
	nats *bus.Server // embedded; nil without
	// NewTenant tells that this is a new installation.
	NewTenant bool
}

// Open opens the store and builds the rooms on it, and makes the first tenant
// where there is none. Close it.
func Open(ctx context.Context, c config.Config, o Options) (*Rooms, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	r := &Rooms{Config: c, opts: o}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	db, err := store.Open(ctx, store.Options{URL: c.Database, Dir: c.Data, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, err
	}
	r.Store = db
	if err := r.build(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Prepare makes a store with nothing but its tables in it, where there is none.
func Prepare(ctx context.Context, c config.Config, o Options) error {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: c.Database, Dir: c.Data, Now: o.Now, Log: o.Log})
	if err != nil {
		return err
	}
	return db.Close()
}

func (r *Rooms) build(ctx context.Context) error {
	c, o := r.Config, r.opts
	if err := r.openMedia(ctx); err != nil {
		return err
	}
	nats := c.Cluster.NATS
	if c.Cluster.Embed {
		var err error
		r.nats, err = bus.Embedded(bus.EmbeddedOptions{Node: c.Cluster.Node, Listen: c.Cluster.Listen, Cluster: c.Cluster.Routes,
			Routes: c.Cluster.Peers, Secret: c.Cluster.Secret, Log: o.Log})
		if err != nil {
			return err
		}
		nats = r.nats.URL()
	}
	r.Bus = bus.New(bus.Options{NATS: nats, Node: c.Cluster.Node, Log: o.Log})
	r.Auth = auth.New(auth.Options{DB: r.Store, Log: o.Log, Now: o.Now, PublicURL: c.PublicURL, TokenLife: c.Limits.TokenLife.Std(),
		MaxDevices: c.Limits.MaxDevices, MaxKeys: c.Limits.MaxKeys, Providers: providers(&c), Hosts: c.HTTP.Hosts, Origins: c.HTTP.Origins,
		AllowPrivate: c.Webhook.AllowPrivate})
	r.Chat = chat.New(chat.Options{DB: r.Store, Bus: r.Bus, Now: o.Now, Log: o.Log, Blob: r.Blob,
		Media: chat.MediaOptions{MaxSize: int64(c.Media.MaxSize), Quota: int64(c.Media.Quota)}})
	r.Desk = desk.New(desk.Options{DB: r.Store, Bus: r.Bus, Chat: r.Chat, Log: o.Log})
	r.Webhook = webhook.New(webhook.Options{DB: r.Store, Bus: r.Bus, Log: o.Log, Now: o.Now, AllowPrivate: c.Webhook.AllowPrivate,
		MaxWebhooks: c.Limits.MaxWebhooks})
	r.Stats = stats.New(stats.Options{DB: r.Store, Bus: r.Bus, Log: o.Log, Version: o.Version})
	var err error
	if r.Tenant, r.NewTenant, err = r.Auth.EnsureTenant(ctx, c.Domain, c.TrialAllowed()); err != nil {
		return err
	}
	return r.Desk.EnsureDefaults(ctx, r.Tenant.ID)
}

// openMedia opens the storage of files and pictures.
func (r *Rooms) openMedia(ctx context.Context) (err error) {
	m := r.Config.Media
	var key []byte
	if m.Key != "" {
		if key, err = blob.ParseKey(m.Key); err != nil {
			return err
		}
	}
	r.Blob, err = blob.Open(ctx, blob.Options{URL: m.URL, Dir: r.Config.Data, Key: key})
	return err
}

// Close closes the store, the storage of files, and the embedded NATS server if
// there is one.
func (r *Rooms) Close() error {
	err := r.Store.Close()
	if r.Blob != nil {
		err = errors.Join(err, r.Blob.Close())
	}
	if r.nats != nil {
		r.nats.Stop()
	}
	return err
}

// providers are the other OpenID providers, as auth wants them.
func providers(c *config.Config) []auth.Provider {
	var all []auth.Provider
	for _, p := range c.Providers() {
		all = append(all, auth.Provider(p))
	}
	return all
}
