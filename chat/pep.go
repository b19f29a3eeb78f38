package chat

import (
	"context"
	"encoding/json"
	"slices"

	"switchboard"
	"switchboard/bus"
	"switchboard/store"
)

// Personal eventing (XEP-0163): every account is a publish-subscribe service of
// its own. Who sees its owner's presence is subscribed to all of it.

// PEPConfig is the configuration of a node.
type PEPConfig = store.PEPConfig

// PEPNode is a node with its configuration.
type PEPNode = store.PEPNode

// PEPItem is what was published.
type PEPItem = store.PEPItem

// The access models that nodes have here (XEP-0060 §4.5). A whitelist holds the
// owner alone.
const (
	AccessOpen      = "open"
	AccessPresence  = "presence"
	AccessWhitelist = "whitelist"
)

// When the last item is sent without being asked for (XEP-0060 §16.4.4).
const (
	SendNever      = "never"
	SendOnSub      = "on_sub"
	SendOnPresence = "on_sub_and_presence"
)

// What an account may publish.
const (
	maxPEPNodes   = 200
	MaxPEPItems   = 1000 // of one node: what max_items 'max' means
	maxPEPStored  = 5000 // of all nodes
	maxPEPBytes   = 2 << 20
	maxPEPName    = 1023 // bytes of a node's name or an item's id
	maxPEPPayload = 256 << 10
)

var (
	errNoNode       = switchboard.E(switchboard.NotFound, "node-not-found", "there is no such node")
	errNoItem       = switchboard.E(switchboard.NotFound, "item-not-found", "there is no such item")
	errNodeExists   = switchboard.E(switchboard.Conflict, "node-exists", "there is such a node already")
	errNodeName     = switchboard.Ef(switchboard.Invalid, "node-name", "a node's name and an item's id have 1 to %d bytes", maxPEPName)
	errManyNodes    = switchboard.Ef(switchboard.TooMany, "too-many-nodes", "an account has at most %d nodes", maxPEPNodes)
	errPEPFull      = switchboard.Ef(switchboard.TooMany, "pep-full", "an account keeps at most %d items of %d bytes in all", maxPEPStored, maxPEPBytes)
	errItemLarge    = switchboard.Ef(switchboard.TooLarge, "item-too-large", "an item has at most %d bytes", maxPEPPayload)
	errPrecondition = switchboard.E(switchboard.Conflict, "precondition-not-met", "the node is configured in another way")
	errNodeClosed   = switchboard.E(switchboard.NotAllowed, "node-closed", "this node is its owner's alone")
	errNeedPresence = switchboard.E(switchboard.Forbidden, "presence-subscription-required", "this is for those who see the owner's presence")
)

// DefaultPEPConfig is how a node is configured that nobody has configured. What
// clients keep for themselves is nobody else's from the beginning.
func DefaultPEPConfig(node string) PEPConfig {
	c := PEPConfig{Access: AccessPresence, MaxItems: 1, SendLast: SendOnPresence, NotifyRetire: true}
	switch node {
	case "urn:xmpp:bookmarks:1", "storage:bookmarks", "urn:xmpp:mds:displayed:0": // XEP-0402, XEP-0048, XEP-0490
		c.Access, c.SendLast = AccessWhitelist, SendNever
	}
	return c
}

// Publication is an item to be published.
type Publication struct {
	Node    string
	Item    string // "": one is made
	Payload []byte
	// Options are what the node has to be like (XEP-0060 §7.1.5): they configure
	// a node that is made for the item, and are compared with one that exists.
	Options func(*PEPConfig) error
	Changed bool // nothing happens when the node's last item is this one already
}

// PEPEvent is the value of KindPEP: a change of a node that an account may know
// of, for those of its streams that are interested in the node.
type PEPEvent struct {
	From      switchboard.JID
	Node      string
	Items     []PEPItem // published
	Bare      bool      // … and announced without their payloads
	Retracted []string
	Purged    bool
	Deleted   bool
	Config    bool
}

// MarshalBinary writes the event for another node.
func (v *PEPEvent) MarshalBinary() ([]byte, error) { return json.Marshal(*v) }

// KindPEP is the signal of a PEPEvent on bus.Account of who may know it.
const KindPEP = "pep"

func init() { registerJSON[PEPEvent](KindPEP) }

// Publish stores an item in a node of the asker's and announces it. It returns
// the item's id.
func (s *Service) Publish(ctx context.Context, p switchboard.Principal, pub Publication) (string, error) {
	a, err := s.publisher(ctx, p)
	if err != nil {
		return "", err
	}
	if pub.Item == "" {
		pub.Item = switchboard.NewName()
	}
	switch {
	case !pepName(pub.Node), !pepName(pub.Item):
		return "", errNodeName
	case len(pub.Payload) > maxPEPPayload:
		return "", errItemLarge
	}
	item := PEPItem{Item: pub.Item, Payload: pub.Payload}
	var told *audience
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		told = nil
		n, err := pepNodeFor(tx, a, pub)
		if err != nil {
			return err
		}
		if pub.Changed {
			if last, err := tx.PEPItems(a.id, pub.Node, 1); err != nil || len(last) == 1 && last[0].Item == item.Item &&
				string(last[0].Payload) == string(item.Payload) {
				return err
			}
		}
		item.Published = tx.Now()
		if err := storeItem(tx, n, item); err != nil {
			return err
		}
		told, err = s.audience(tx, a, n.Config.Access)
		if n.Config.NoPayloads {
			told.bare = true
		}
		return err
	})
	if err != nil || told == nil {
		return pub.Item, err
	}
	s.announce(a, told, &PEPEvent{Node: pub.Node, Items: []PEPItem{item}, Bare: told.bare})
	return pub.Item, nil
}

func pepName(s string) bool { return s != "" && len(s) <= maxPEPName && validText(s) }

// pepNodeFor finds the node to publish to, or makes it (XEP-0060 §7.1.4, §7.1.5).
func pepNodeFor(tx *store.Tx, a *account, pub Publication) (PEPNode, error) {
	n, err := tx.PEPNode(a.id, pub.Node)
	missing := err == store.ErrNone
	if err != nil && !missing {
		return n, err
	}
	if missing {
		n = PEPNode{Account: a.id, Node: pub.Node, Config: DefaultPEPConfig(pub.Node)}
	}
	want := n.Config
	if pub.Options != nil {
		if err := pub.Options(&want); err != nil {
			return n, err
		}
	}
	if !missing {
		if want != n.Config {
			return n, errPrecondition
		}
		return n, nil
	}
	n.Config = want
	return n, newNode(tx, n)
}

// newNode stores a node that does not exist.
func newNode(tx *store.Tx, n PEPNode) error {
	count, _, _, err := tx.CountPEP(n.Account)
	if err != nil {
		return err
	}
	if count >= maxPEPNodes {
		return errManyNodes
	}
	return tx.PutPEPNode(n)
}

// storeItem keeps an item, as far as the node keeps any.
func storeItem(tx *store.Tx, n PEPNode, item PEPItem) error {
	if n.Config.Transient {
		return nil
	}
	if err := tx.PutPEPItem(n.Account, n.Node, item); err != nil {
		return err
	}
	if err := tx.TrimPEPItems(n.Account, n.Node, keptItems(n.Config)); err != nil {
		return err
	}
	_, items, bytes, err := tx.CountPEP(n.Account)
	if err == nil && (items > maxPEPStored || bytes > maxPEPBytes) {
		err = errPEPFull
	}
	return err
}

func keptItems(c PEPConfig) int {
	if c.MaxItems == 0 {
		return MaxPEPItems
	}
	return min(c.MaxItems, MaxPEPItems)
}

// publisher is the asker, if it may publish: customers show what the desk knows
// of them.
func (s *Service) publisher(ctx context.Context, p switchboard.Principal) (*account, error) {
	a, err := s.asker(ctx, p)
	if err == nil && a.kind == switchboard.Visitor {
		return nil, errVisitor
	}
	return a, err
}

// Retract removes an item (XEP-0060 §7.2). notify announces it even where the
// node does not.
func (s *Service) Retract(ctx context.Context, p switchboard.Principal, node, item string, notify bool) error {
	return s.changeNode(ctx, p, node, func(tx *store.Tx, n *PEPNode) (*PEPEvent, error) {
		err := tx.DeletePEPItem(n.Account, node, item)
		if err == store.ErrNone {
			err = errNoItem
		}
		if !n.Config.NotifyRetire && !notify {
			return nil, err
		}
		return &PEPEvent{Retracted: []string{item}}, err
	})
}

// PurgeNode removes all items of a node (XEP-0060 §8.5).
func (s *Service) PurgeNode(ctx context.Context, p switchboard.Principal, node string) error {
	return s.changeNode(ctx, p, node, func(tx *store.Tx, n *PEPNode) (*PEPEvent, error) {
		err := tx.TrimPEPItems(n.Account, node, 0)
		if !n.Config.NotifyRetire {
			return nil, err
		}
		return &PEPEvent{Purged: true}, err
	})
}

// DeleteNode removes a node (XEP-0060 §8.4).
func (s *Service) DeleteNode(ctx context.Context, p switchboard.Principal, node string) error {
	return s.changeNode(ctx, p, node, func(tx *store.Tx, n *PEPNode) (*PEPEvent, error) {
		err := tx.DeletePEPNode(n.Account, node)
		if !n.Config.NotifyRetire {
			return nil, err
		}
		return &PEPEvent{Deleted: true}, err
	})
}

// ConfigureNode changes a node's configuration (XEP-0060 §8.2).
func (s *Service) ConfigureNode(ctx context.Context, p switchboard.Principal, node string, change func(*PEPConfig) error) error {
	return s.changeNode(ctx, p, node, func(tx *store.Tx, n *PEPNode) (*PEPEvent, error) {
		if err := change(&n.Config); err != nil {
			return nil, err
		}
		keep := keptItems(n.Config)
		if n.Config.Transient {
			keep = 0
		}
		if err := tx.TrimPEPItems(n.Account, node, keep); err != nil {
			return nil, err
		}
		err := tx.PutPEPNode(*n)
		if !n.Config.NotifyConfig {
			return nil, err
		}
		return &PEPEvent{Config: true}, err
	})
}

// changeNode changes a node of the asker's and announces the event that comes
// of it, if one does.
func (s *Service) changeNode(ctx context.Context, p switchboard.Principal, node string,
	change func(*store.Tx, *PEPNode) (*PEPEvent, error)) error {
	a, err := s.publisher(ctx, p)
	if err != nil {
		return err
	}
	var told *audience
	var event *PEPEvent
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		n, err := tx.PEPNode(a.id, node)
		if err == store.ErrNone {
			return errNoNode
		}
		if err != nil {
			return err
		}
		if event, err = change(tx, &n); err != nil || event == nil {
			return err
		}
		told, err = s.audience(tx, a, n.Config.Access)
		return err
	})
	if err != nil || event == nil {
		return err
	}
	event.Node = node
	s.announce(a, told, event)
	return nil
}

// CreateNode makes a node (XEP-0060 §8.1).
func (s *Service) CreateNode(ctx context.Context, p switchboard.Principal, node string, configure func(*PEPConfig) error) error {
	a, err := s.publisher(ctx, p)
	if err != nil {
		return err
	}
	if !pepName(node) {
		return errNodeName
	}
	n := PEPNode{Account: a.id, Node: node, Config: DefaultPEPConfig(node)}
	if configure != nil {
		if err := configure(&n.Config); err != nil {
			return err
		}
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		switch _, err := tx.PEPNode(a.id, node); err {
		case nil:
			return errNodeExists
		case store.ErrNone:
			return newNode(tx, n)
		default:
			return err
		}
	})
}

// audience is who hears of an event, beside the account itself.
type audience struct {
	accounts []switchboard.AccountID
	bare     bool
}

// audience finds those who see the account's presence and are not blocked, in
// either direction.
func (s *Service) audience(tx *store.Tx, a *account, access string) (*audience, error) {
	to := &audience{accounts: []switchboard.AccountID{a.id}}
	if access == AccessWhitelist {
		return to, nil
	}
	peers, err := tx.Peers(a.id, a.tenant.id)
	if err != nil || len(peers) == 0 {
		return to, err
	}
	blockers, err := tx.BlockedBy(a.tenant.id, a.bare)
	if err != nil {
		return to, err
	}
	for _, peer := range peers {
		j, err := switchboard.ParseJID(peer.JID)
		blocks := slices.ContainsFunc(blockers, func(b store.Account) bool { return b.ID == peer.Account })
		if err == nil && peer.From && !blocks && !a.blocked(j) {
			to.accounts = append(to.accounts, peer.Account)
		}
	}
	return to, nil
}

func (s *Service) announce(a *account, to *audience, v *PEPEvent) {
	v.From = a.jid
	for _, id := range to.accounts {
		s.bus.Signal(bus.Signal{Topic: bus.Account(id), Kind: KindPEP, Value: v}, nil)
	}
}
