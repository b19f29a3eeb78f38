package xmpp

import (
	"errors"
	"slices"
	"strconv"

	"switchboard"
	"switchboard/chat"
	"switchboard/stanza"
)

// The part of publish-subscribe that personal eventing needs (XEP-0163), on
// accounts' own addresses.
var _ = register(extension{Spec: "XEP-0060", Title: "Publish-Subscribe (for personal eventing)", Version: "1.30.0",
	Feature: pubsubFeatures("", "access-open", "access-whitelist", "config-node", "config-node-max", "create-and-configure",
		"create-nodes", "delete-items", "delete-nodes", "item-ids", "meta-data", "multi-items", "persistent-items",
		"publish", "publish-options", "purge-nodes", "retract-items", "retrieve-default", "retrieve-items"),
	IQ: []iqRoute{
		{stanza.Get, stanza.NSPubSub, "pubsub", onSelf | onAccount, pubsubGet},
		{stanza.Set, stanza.NSPubSub, "pubsub", onSelf, pubsubSet},
		{stanza.Get, stanza.NSPubSubOwner, "pubsub", onSelf, pubsubOwnerGet},
		{stanza.Set, stanza.NSPubSubOwner, "pubsub", onSelf, pubsubOwnerSet},
		{stanza.Set, stanza.NSPubSub, "pubsub", onAccount, notOwner},
		{stanza.Get, stanza.NSPubSubOwner, "pubsub", onAccount, notOwner},
		{stanza.Set, stanza.NSPubSubOwner, "pubsub", onAccount, notOwner},
	},
})

// pubsubFeatures are features of publish-subscribe on accounts; "" is the
// namespace itself.
func pubsubFeatures(names ...string) map[string]entity {
	features := make(map[string]entity, len(names))
	for _, n := range names {
		if n != "" {
			n = "#" + n
		}
		features[stanza.NSPubSub+n] = onSelf | onAccount
	}
	return features
}

// pubsubError is an error with a condition of XEP-0060 in it.
func pubsubError(c stanza.Condition, condition, text string) *stanza.Error {
	return stanza.NewError(c, text).With([]byte("<" + condition + " xmlns='" + stanza.NSPubSubErrors + "'/>"))
}

func unsupported(feature string) *stanza.Error {
	return stanza.NewError(stanza.FeatureNotImplemented, "").
		With([]byte("<unsupported xmlns='" + stanza.NSPubSubErrors + "' feature='" + feature + "'/>"))
}

var (
	errNodeRequired = pubsubError(stanza.BadRequest, "nodeid-required", "name the node")
	errItemRequired = pubsubError(stanza.BadRequest, "item-required", "there is no item")
)

// pubsubErrors are the answers to errors of chat that have a condition of their
// own.
var pubsubErrors = map[string]*stanza.Error{
	"node-not-found":                 stanza.NewError(stanza.ItemNotFound, "there is no such node"),
	"node-exists":                    stanza.NewError(stanza.ConflictCondition, "there is such a node already"),
	"precondition-not-met":           pubsubError(stanza.ConflictCondition, "precondition-not-met", "the node is configured in another way"),
	"node-closed":                    pubsubError(stanza.NotAllowed, "closed-node", ""),
	"presence-subscription-required": pubsubError(stanza.NotAuthorized, "presence-subscription-required", ""),
	"item-too-large":                 pubsubError(stanza.NotAcceptable, "payload-too-big", "the item is too large"),
	"too-many-nodes":                 pubsubError(stanza.ResourceConstraint, "max-nodes-exceeded", "there are too many nodes"),
	"pep-full":                       pubsubError(stanza.ResourceConstraint, "max-items-exceeded", "too much is published"),
}

// pubsubFault makes an error of chat's what XEP-0060 says.
func pubsubFault(err error) error {
	var e *switchboard.Error
	if errors.As(err, &e) {
		if own := pubsubErrors[e.Code]; own != nil {
			return own
		}
	}
	return err
}

// notOwner answers who wants to change somebody else's nodes, whether there is
// such an account or not.
func notOwner(*request) ([]byte, error) {
	return nil, stanza.NewError(stanza.Forbidden, "only your own nodes are yours to change")
}

func pubsubGet(rq *request) ([]byte, error) {
	e := rq.payload.First()
	if e.Name() != "items" {
		return nil, unsupported("retrieve-subscriptions")
	}
	q := chat.ItemQuery{Owner: rq.nodesOf(), Node: e.Attr("node"), Bytes: rq.r.server.opts.MaxOutbound / 4}
	if q.Node == "" {
		return nil, errNodeRequired
	}
	for i := range e.ChildrenNamed(stanza.NSPubSub, "item") {
		q.Items = append(q.Items, i.Attr("id"))
	}
	if e.HasAttr("max_items") {
		n, err := strconv.ParseUint(e.Attr("max_items"), 10, 31)
		if err != nil || n == 0 {
			return nil, stanza.NewError(stanza.BadRequest, "max_items is a number above 0")
		}
		q.Max = int(n)
	}
	if viewOf(q.Node) != nil {
		rq.r.server.freshen(rq, q.Owner)
	}
	items, total, err := rq.chat().Items(rq.ctx, rq.who(), q)
	if err != nil {
		return nil, pubsubFault(err)
	}
	if len(q.Items) > 0 && total == 0 { // XEP-0060 §6.5.9.11
		return nil, stanza.NewError(stanza.ItemNotFound, "there is no such item")
	}
	w := stanza.NewWriter(nil)
	w.Start("pubsub", "xmlns", stanza.NSPubSub).Start("items", "node", q.Node)
	for _, i := range items {
		w.Start("item", "id", i.Item).Raw(i.Payload).End()
	}
	w.End()
	if n := len(items); n < total { // XEP-0060 §6.5.4: the client asks for the others by their ids
		w.Start("set", "xmlns", stanza.NSRSM).Leaf("last", items[n-1].Item).Leaf("count", strconv.Itoa(total)).End()
	}
	return w.End().Bytes(), nil
}

func pubsubSet(rq *request) ([]byte, error) {
	e := rq.payload.First()
	node := e.Attr("node")
	switch e.Name() {
	case "publish":
		if node == "" {
			return nil, errNodeRequired
		}
		return publish(rq, node, e)
	case "retract":
		if node == "" {
			return nil, errNodeRequired
		}
		return nil, retract(rq, node, e)
	case "create":
		return createNode(rq, node)
	}
	return nil, unsupported("subscribe")
}

// retract removes items (XEP-0060 §7.2).
func retract(rq *request, node string, e stanza.Element) error {
	var ids []string
	for item := range e.ChildrenNamed("", "item") {
		ids = append(ids, item.Attr("id"))
	}
	if len(ids) == 0 || slices.Contains(ids, "") {
		return errItemRequired
	}
	return without(rq, node, func() error {
		for _, id := range ids {
			if err := rq.chat().Retract(rq.ctx, rq.who(), node, id, e.Bool("notify")); err != nil {
				return err
			}
		}
		return nil
	})
}

// publish publishes an item (XEP-0060 §7.1).
func publish(rq *request, node string, e stanza.Element) ([]byte, error) {
	item := e.Child("", "item")
	switch {
	case e.Count() != 1 || item.IsZero():
		return nil, errItemRequired
	case item.Count() == 0:
		return nil, pubsubError(stanza.BadRequest, "payload-required", "the item is empty")
	case item.Count() > 1: // §7.1.3.6
		return nil, pubsubError(stanza.BadRequest, "invalid-payload", "an item holds one element")
	}
	pub := chat.Publication{Node: node, Item: item.Attr("id")}
	if options := rq.payload.Child("", "publish-options"); !options.IsZero() {
		f, ok := stanza.FormOf(options)
		if !ok {
			return nil, stanza.NewError(stanza.BadRequest, "publish-options hold a form")
		}
		pub.Options = func(c *chat.PEPConfig) error { return applyOptions(c, f) }
	}
	id, err := publishItem(rq, pub, item.First())
	if err != nil {
		return nil, pubsubFault(err)
	}
	w := stanza.NewWriter(nil)
	w.Start("pubsub", "xmlns", stanza.NSPubSub).Start("publish", "node", node).Empty("item", "id", id)
	return w.Bytes(), nil
}

// publishItem stores an item; one that shows the profile changes that first.
func publishItem(rq *request, pub chat.Publication, payload stanza.Element) (id string, err error) {
	v := viewOf(pub.Node)
	if v == nil {
		pub.Payload = payload.Append(nil)
		return rq.chat().Publish(rq.ctx, rq.who(), pub)
	}
	if pub.Item == "" {
		pub.Item = "current"
	}
	rq.after = func() { rq.r.server.viewsChanged(*rq.r.who) }
	defer rq.r.server.renewals.lock(rq.r.who.Account)()
	if pub.Payload, err = v.take(rq, pub.Item, payload); err != nil {
		return "", err
	}
	return rq.chat().Publish(rq.ctx, rq.who(), pub)
}

// createNode makes a node, configured as the request says (XEP-0060 §8.1).
func createNode(rq *request, node string) ([]byte, error) {
	w := stanza.NewWriter(nil)
	if node == "" { // §8.1.2: we name it
		node = switchboard.NewName()
		w.Start("pubsub", "xmlns", stanza.NSPubSub).Empty("create", "node", node)
	}
	var configure func(*chat.PEPConfig) error
	if f, ok := stanza.FormOf(rq.payload.Child("", "configure")); ok {
		configure = func(c *chat.PEPConfig) error { return configureNode(c, f) }
	}
	return w.Bytes(), pubsubFault(rq.chat().CreateNode(rq.ctx, rq.who(), node, configure))
}

func pubsubOwnerGet(rq *request) ([]byte, error) {
	e := rq.payload.First()
	w := stanza.NewWriter(nil).Start("pubsub", "xmlns", stanza.NSPubSubOwner)
	switch e.Name() {
	case "default": // XEP-0060 §8.3
		w.Start("default").Raw(configForm(chat.DefaultPEPConfig("")).AppendTo(nil))
		return w.Bytes(), nil
	case "configure", "affiliations":
		node := e.Attr("node")
		if node == "" {
			return nil, errNodeRequired
		}
		n, err := rq.chat().Node(rq.ctx, rq.who(), rq.r.account.bare, node)
		if err != nil {
			return nil, pubsubFault(err)
		}
		w.Start(e.Name(), "node", node)
		if e.Name() == "configure" {
			w.Raw(configForm(n.Config).AppendTo(nil))
		} else { // §8.9: the owner is alone
			w.Empty("affiliation", "jid", rq.r.account.bare.String(), "affiliation", "owner")
		}
		return w.Bytes(), nil
	}
	return nil, unsupported("manage-subscriptions")
}

func pubsubOwnerSet(rq *request) ([]byte, error) {
	e := rq.payload.First()
	node := e.Attr("node")
	if node == "" {
		return nil, errNodeRequired
	}
	switch e.Name() {
	case "configure":
		f, ok := stanza.FormOf(e)
		switch {
		case !ok:
			return nil, stanza.NewError(stanza.BadRequest, "the configuration is a form")
		case f.Type == "cancel": // §8.2.3
			return nil, nil
		}
		return nil, pubsubFault(rq.chat().ConfigureNode(rq.ctx, rq.who(), node, func(c *chat.PEPConfig) error { return configureNode(c, f) }))
	case "delete":
		return nil, without(rq, node, func() error { return rq.chat().DeleteNode(rq.ctx, rq.who(), node) })
	case "purge":
		return nil, without(rq, node, func() error { return rq.chat().PurgeNode(rq.ctx, rq.who(), node) })
	}
	return nil, unsupported("modify-affiliations")
}

// nodeInfo answers service discovery of a node (XEP-0060 §5.3, §5.4).
func nodeInfo(rq *request, node string) ([]byte, error) {
	owner := rq.nodesOf()
	n, err := rq.chat().Node(rq.ctx, rq.who(), owner, node)
	if err != nil {
		return nil, pubsubFault(err)
	}
	w := stanza.NewWriter(nil).Start("query", "xmlns", stanza.NSDiscoInfo, "node", node)
	writeInfo(w, []string{stanza.NSPubSub, nsMetaData}, identity{"pubsub", "leaf", ""})
	return w.Raw(metaForm(n, owner.String()).AppendTo(nil)).Bytes(), nil
}

// nodeItems answers service discovery of the items of a node (XEP-0060 §5.5).
func nodeItems(rq *request, node string) ([]byte, error) {
	owner := rq.nodesOf()
	items, _, err := rq.chat().Items(rq.ctx, rq.who(), chat.ItemQuery{Owner: owner, Node: node})
	if err != nil {
		return nil, pubsubFault(err)
	}
	w := stanza.NewWriter(nil).Start("query", "xmlns", stanza.NSDiscoItems, "node", node)
	for _, i := range items {
		w.Empty("item", "jid", owner.String(), "name", i.Item)
	}
	return w.Bytes(), nil
}

// writeNodes lists the nodes of an account that the asker may read (XEP-0060
// §5.2).
func writeNodes(rq *request, w *stanza.Writer, owner switchboard.JID) ([]byte, error) {
	nodes, err := rq.chat().Nodes(rq.ctx, rq.who(), owner)
	for _, n := range nodes {
		w.Empty("item", "jid", owner.String(), "node", n.Node, "name", n.Config.Title)
	}
	return w.Bytes(), pubsubFault(err)
}

// nodesOf is whose nodes a request is about.
func (rq *request) nodesOf() switchboard.JID {
	if rq.on == onAccount {
		return rq.h.To
	}
	return rq.r.account.bare
}
