package xmpp

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
	"sync"

	"switchboard/stanza"
)

// Entity capabilities: our own, offered as a stream feature (XEP-0115 §6.3).
var _ = register(extension{Spec: "XEP-0115", Title: "Entity Capabilities", Version: "1.6.0",
	Feature: map[string]entity{stanza.NSCaps: onServer},
	Offer: func(_ *stream, dst []byte) []byte {
		dst = append(dst, "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='"+capsNode+"' ver='"...)
		return append(append(dst, serverCaps().hash...), "'/>"...)
	},
})

// capsNode names the software (XEP-0115 §4).
const capsNode = "urn:switchboard:server"

type caps struct{ hash string }

// serverCaps is the verification string of what the server answers to service
// discovery (XEP-0115 §5.1). It is made once, when every file has registered.
var serverCaps = sync.OnceValue(func() caps {
	return caps{verification(serverIdentity, registered.featuresOn(onServer))}
})

// verification hashes an identity and sorted features.
func verification(id identity, features []string) string {
	var b strings.Builder
	b.WriteString(id.category + "/" + id.kind + "//" + id.name + "<")
	for _, f := range features {
		b.WriteString(f + "<")
	}
	sum := sha1.Sum([]byte(b.String()))
	return base64.StdEncoding.EncodeToString(sum[:])
}
