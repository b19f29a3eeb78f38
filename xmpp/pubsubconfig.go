package xmpp

import (
	"strconv"
	"strings"

	"switchboard/chat"
	"switchboard/stanza"
)

// The configuration of a node as a form (XEP-0060 §16.4.4).

const (
	nsNodeConfig = stanza.NSPubSub + "#node_config"
	nsMetaData   = stanza.NSPubSub + "#meta-data"
)

var errNoSuchOption = pubsubError(stanza.ConflictCondition, "precondition-not-met", "the node cannot be configured so")

// applyOptions makes a configuration what publish-options ask for (XEP-0060
// §7.1.5). An option that we do not have cannot be met.
func applyOptions(c *chat.PEPConfig, f stanza.Form) error {
	for _, field := range f.Fields {
		if known, err := setOption(c, field); err != nil || !known {
			return errNoSuchOption
		}
	}
	return nil
}

// configureNode makes a configuration what a submitted form says. Fields that
// we do not have are not looked at (XEP-0004 §3.2).
func configureNode(c *chat.PEPConfig, f stanza.Form) error {
	for _, field := range f.Fields {
		if _, err := setOption(c, field); err != nil {
			return err
		}
	}
	return nil
}

// setOption sets one option.
func setOption(c *chat.PEPConfig, f stanza.Field) (known bool, err error) {
	if f.Var == "FORM_TYPE" {
		return true, nil
	}
	name, ok := strings.CutPrefix(f.Var, "pubsub#")
	if !ok || len(f.Values) > 1 {
		return false, nil
	}
	value := ""
	if len(f.Values) == 1 {
		value = f.Values[0]
	}
	switch name {
	case "access_model":
		c.Access = value
		return true, oneOf(name, value, chat.AccessOpen, chat.AccessPresence, chat.AccessWhitelist)
	case "send_last_published_item":
		c.SendLast = value
		return true, oneOf(name, value, chat.SendNever, chat.SendOnSub, chat.SendOnPresence)
	case "publish_model":
		return true, oneOf(name, value, "publishers")
	case "max_items":
		return true, setMaxItems(c, value)
	case "title":
		c.Title = value
		return true, short(name, value)
	case "type":
		c.Type = value
		return true, short(name, value)
	}
	return setFlag(c, name, value)
}

func setFlag(c *chat.PEPConfig, name, value string) (known bool, err error) {
	on := value == "1" || value == "true"
	if !on && value != "0" && value != "false" {
		err = stanza.NewError(stanza.NotAcceptable, name+" is a boolean")
	}
	switch name {
	case "persist_items":
		c.Transient = !on
	case "deliver_payloads":
		c.NoPayloads = !on
	case "notify_retract", "notify_delete": // one option here
		c.NotifyRetire = on
	case "notify_config":
		c.NotifyConfig = on
	case "deliver_notifications":
		if !on {
			err = stanza.NewError(stanza.NotAcceptable, "notifications are always delivered")
		}
	default:
		return false, nil
	}
	return true, err
}

func setMaxItems(c *chat.PEPConfig, value string) error {
	if value == "max" { // XEP-0060 §8.2.1, config-node-max
		c.MaxItems = 0
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > chat.MaxPEPItems {
		return stanza.NewError(stanza.NotAcceptable, "max_items is 'max' or a number from 1 to "+strconv.Itoa(chat.MaxPEPItems))
	}
	c.MaxItems = n
	return nil
}

func oneOf(name, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return stanza.NewError(stanza.NotAcceptable, name+" is one of "+strings.Join(allowed, ", "))
}

func short(name, value string) error {
	if len(value) > 1000 {
		return stanza.NewError(stanza.NotAcceptable, name+" is too long")
	}
	return nil
}

// configForm is the form that shows a configuration.
func configForm(c chat.PEPConfig) stanza.Form {
	f := stanza.Form{Type: "form"}
	f.Add("FORM_TYPE", "hidden", nsNodeConfig)
	list := func(name, value string, options ...string) {
		field := stanza.Field{Var: "pubsub#" + name, Type: "list-single", Values: []string{value}}
		for _, o := range options {
			field.Options = append(field.Options, stanza.Option{Value: o})
		}
		f.Fields = append(f.Fields, field)
	}
	flag := func(name string, on bool) { f.Add("pubsub#"+name, "boolean", strconv.FormatBool(on)) }
	f.Add("pubsub#title", "text-single", c.Title)
	f.Add("pubsub#type", "text-single", c.Type)
	list("access_model", c.Access, chat.AccessOpen, chat.AccessPresence, chat.AccessWhitelist)
	list("publish_model", "publishers", "publishers")
	list("send_last_published_item", c.SendLast, chat.SendNever, chat.SendOnSub, chat.SendOnPresence)
	f.Add("pubsub#max_items", "text-single", maxItemsText(c))
	flag("persist_items", !c.Transient)
	flag("deliver_payloads", !c.NoPayloads)
	flag("deliver_notifications", true)
	flag("notify_retract", c.NotifyRetire)
	flag("notify_delete", c.NotifyRetire)
	flag("notify_config", c.NotifyConfig)
	return f
}

func maxItemsText(c chat.PEPConfig) string {
	if c.MaxItems == 0 {
		return "max"
	}
	return strconv.Itoa(c.MaxItems)
}

// metaForm is what service discovery shows of a node (XEP-0060 §5.4).
func metaForm(n chat.PEPNode, owner string) stanza.Form {
	f := stanza.Form{Type: "result"}
	f.Add("FORM_TYPE", "hidden", nsMetaData)
	f.Add("pubsub#owner", "jid-multi", owner)
	f.Add("pubsub#access_model", "list-single", n.Config.Access)
	f.Add("pubsub#max_items", "text-single", maxItemsText(n.Config))
	f.Add("pubsub#title", "text-single", n.Config.Title)
	f.Add("pubsub#type", "text-single", n.Config.Type)
	return f
}
