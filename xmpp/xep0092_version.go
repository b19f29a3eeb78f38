package xmpp

import "switchboard/stanza"

// The software's name and version. The operating system is nobody's business
// (XEP-0092 §4).
var _ = register(extension{Spec: "XEP-0092", Title: "Software Version", Version: "1.1",
	Feature: map[string]entity{stanza.NSVersion: onServer},
	IQ:      []iqRoute{{stanza.Get, stanza.NSVersion, "query", onServer, softwareVersion}},
})

func softwareVersion(rq *request) ([]byte, error) {
	v := rq.r.server.opts.Version
	if v == "" {
		v = "development"
	}
	w := stanza.NewWriter(nil)
	return w.Start("query", "xmlns", stanza.NSVersion).Leaf("name", "Switchboard").Leaf("version", v).End().Bytes(), nil
}
