package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"switchboard/config"
	"switchboard/node"
)

type serveCmd struct {
	HTTP          string `help:"Address for HTTP; port 0 takes a free one." placeholder:"ADDR"`
	XMPP          string `help:"Address for XMPP over TCP; off switches it off." placeholder:"ADDR"`
	NATS          string `help:"NATS URL that all nodes share." placeholder:"URL"`
	PublicURL     string `help:"Where browsers reach this server." placeholder:"URL"`
	InsecurePlain bool   `help:"Allow SASL PLAIN and WebSocket without TLS, from loopback only."`
	Demo          bool   `help:"Seed a few accounts, messages and conversations on the first start."`
}

func (s *serveCmd) Run(a *app) error {
	more := map[string]string{"http.address": s.HTTP, "xmpp.address": s.XMPP, "cluster.nats": s.NATS, "public_url": s.PublicURL}
	if s.InsecurePlain {
		more["insecure_plain"] = "true"
	}
	if s.Demo {
		more["demo"] = "true"
	}
	c, err := a.config(more)
	if err != nil {
		return err
	}
	log := a.logger(c)
	for _, w := range c.Warnings() {
		log.Warn(w)
	}
	// A chat server's heap is small and its garbage short-lived: collecting half
	// as often costs some memory and saves a tenth of the processor.
	debug.SetGCPercent(gcPercent)
	return node.Run(a, c, node.Options{Log: log, Version: versionText()}, func(n *node.Node) {
		fmt.Fprintf(a.stdout, "ready http=%s xmpp=%s\n", n.Info.HTTP, n.Info.XMPP)
		a.welcome(c, n)
	})
}

const gcPercent = 200

// welcome says what to open next. Nothing of it is secret but the one-time
// link that is printed while no administrator exists.
func (a *app) welcome(c config.Config, n *node.Node) {
	var b strings.Builder
	line := func(what, where string) { fmt.Fprintf(&b, "  %-14s %s\n", what, where) }
	b.WriteString("\n")
	if t := n.Info.FirstAdmin.SetupToken; t != "" {
		b.WriteString("No administrator yet. Open this link once to choose a password for " + n.Info.FirstAdmin.Name + ":\n")
		fmt.Fprintf(&b, "  %s/login/setup?token=%s\n\n", n.Info.URL, t)
	}
	line("Console", n.Info.URL+"/console/")
	line("API portal", n.Info.URL+"/api/")
	line("Demo chat", n.Info.URL+"/demo/")
	line("Demo shop", n.Info.URL+"/demo/shop/")
	if n.Info.XMPP != "off" {
		line("XMPP", n.Info.XMPP+" (accounts are NAME@"+n.Tenant.Domain+")")
	}
	if n.Tenant.Trial {
		b.WriteString("\nTrial mode: whoever holds the licence key \"" + n.Tenant.Licence + "\" may register as anyone.\n" +
			"End it in the console under Settings, Features, before strangers can reach this server.\n")
	}
	fmt.Fprint(a.stderr, b.String())
}
