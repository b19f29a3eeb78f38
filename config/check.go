package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check reports everything that is wrong, a line each: the setting, what is
// wrong with it, what to do.
func (c *Config) Check() error {
	k := &checker{}
	k.identity(c)
	k.openID(c)
	k.listeners(c)
	k.cluster(c)
	k.limits(&c.Limits)
	k.media(&c.Media)
	k.among("trial", c.Trial, "auto", "on", "off")
	k.among("log.level", c.Log.Level, "debug", "info", "warn", "error")
	k.among("log.format", c.Log.Format, "auto", "text", "json")
	return errors.Join(k.wrong...)
}

// Warnings are settings that work and are dangerous.
func (c *Config) Warnings() []string {
	var all []string
	if c.Trial == "on" && !c.Loopback() {
		all = append(all, `trial is "on" while the server listens to the network: whoever knows the licence key "trial" can sign in as any user. Set it to "off" before real people use this server.`)
	}
	if c.InsecurePlain && !c.Loopback() {
		all = append(all, "insecure_plain has no effect for clients from the network: passwords travel only over TLS there.")
	}
	if c.Webhook.AllowPrivate {
		all = append(all, "webhook.allow_private lets tenants make this server call addresses in its own network.")
	}
	if !c.HTTP.TLS && !loopback(c.HTTP.Address) && !strings.HasPrefix(c.PublicURL, "https:") {
		all = append(all, "HTTP listens to the network without TLS: set http.tls, or put a TLS proxy in front and its https address into public_url.")
	}
	if (c.Cluster.NATS != "" || c.Cluster.Routes != "") && (c.Media.URL == "" || c.Media.Key == "") {
		all = append(all, "several nodes need media that all of them reach: set media.url to a bucket or a directory that they share, and media.key to one key for all.")
	}
	return all
}

// Loopback reports whether the server listens to its own machine alone.
func (c *Config) Loopback() bool {
	return loopback(c.HTTP.Address) && (c.XMPP.Address == "off" || loopback(c.XMPP.Address))
}

// TrialAllowed reports whether a new installation starts in trial mode.
func (c *Config) TrialAllowed() bool { return c.Trial == "on" || c.Trial == "auto" && c.Loopback() }

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

type checker struct{ wrong []error }

func (k *checker) no(setting, format string, args ...any) {
	k.wrong = append(k.wrong, fmt.Errorf("%s: %s", setting, fmt.Sprintf(format, args...)))
}

func (k *checker) among(setting, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		k.no(setting, "%q is not known; use %s", value, strings.Join(allowed, ", "))
	}
}

func (k *checker) identity(c *Config) {
	switch {
	case c.Domain == "":
		k.no("domain", "it is empty; use the part of your addresses after the @, such as example.com, or localhost for a trial")
	case strings.ContainsAny(c.Domain, "@/: \t\"'&<>") || strings.HasPrefix(c.Domain, ".") || len(c.Domain) > 253:
		k.no("domain", "%q is no domain name; use a bare name such as example.com, without scheme, port or path", c.Domain)
	}
	if c.Data == "" {
		k.no("data", "it is empty; name a directory, such as /var/lib/switchboard")
	}
	if c.Database != "" {
		if u, err := url.Parse(c.Database); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "" {
			k.no("database", "use postgres://user:password@host/name, or leave it empty for SQLite in the data directory")
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			k.no("public_url", "%q is not usable; use scheme and host alone, such as https://chat.example.com", c.PublicURL)
		}
	}
}

func (k *checker) openID(c *Config) {
	names := map[string]bool{}
	for i, p := range []OpenID{c.Google, c.Microsoft, c.OpenID} {
		if p.ClientID == "" {
			continue
		}
		table := []string{"google", "microsoft", "openid"}[i]
		u, err := url.Parse(p.Issuer)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(net.JoinHostPort(u.Hostname(), "0"))):
			k.no(table+".issuer", "%q is no issuer; use the https URL that the provider's tokens name", p.Issuer)
		case u.Hostname() == "login.microsoftonline.com" && slices.ContainsFunc([]string{"/common/", "/organizations/", "/consumers/"},
			func(s string) bool { return strings.HasPrefix(u.Path+"/", s) }):
			k.no(table+".issuer", "it stands for every directory; use your own, such as https://login.microsoftonline.com/DIRECTORY/v2.0")
		}
		if p.ClientSecret == "" {
			k.no(table+".client_secret", "it is empty; the provider gave it out with the client id")
		}
		if name := strings.ToLower(p.Name); name == "" || names[name] {
			k.no(table+".name", "%q is empty or another provider's too", p.Name)
		} else {
			names[name] = true
		}
	}
}

func (k *checker) listeners(c *Config) {
	k.address("http.address", c.HTTP.Address)
	if c.XMPP.Address != "off" {
		k.address("xmpp.address", c.XMPP.Address)
		if c.XMPP.Address == c.HTTP.Address && !strings.HasSuffix(c.HTTP.Address, ":0") {
			k.no("xmpp.address", "it is the same as http.address; give each its own port")
		}
	}
	if (c.TLS.Cert == "") != (c.TLS.Key == "") {
		k.no("tls", "cert and key belong together; set both, or neither for a self-signed certificate")
	}
	for name, file := range map[string]string{"tls.cert": c.TLS.Cert, "tls.key": c.TLS.Key} {
		if file == "" {
			continue
		}
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			k.no(name, "there is no readable file %s; check the path and its permissions", file)
		}
	}
	for _, p := range c.HTTP.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			k.no("http.trusted_proxies", "%q is no network; use 10.0.0.0/8, or 10.0.0.5/32 for one address", p)
		}
	}
	for _, h := range c.HTTP.Hosts {
		if u, err := url.Parse("//" + h); err != nil || h == "" || u.Hostname() != h || strings.ContainsAny(h, "*@") {
			k.no("http.hosts", "%q is no name; use a bare name such as chat.intern, without scheme, port or path", h)
		}
	}
	for _, o := range c.HTTP.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || o != u.Scheme+"://"+u.Host {
			k.no("http.origins", "%q is no origin; use scheme and host, with the port if it is not the usual one, such as https://app.example.com", o)
		}
	}
	if c.HTTP.HSTS && !c.HTTP.TLS && !strings.HasPrefix(c.PublicURL, "https:") {
		k.no("http.hsts", "it needs HTTPS; set http.tls or an https public_url first")
	}
}

func (k *checker) address(setting, address string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		k.no(setting, "%q is not usable; use host:port, such as 127.0.0.1:8080 or [::]:443", address)
		return
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		k.no(setting, "%q is no port; use a number from 0 to 65535", port)
	}
	if strings.ContainsAny(host, "/@ ") {
		k.no(setting, "%q is no host; use an address or a name, without scheme", host)
	}
}

func (k *checker) cluster(c *Config) {
	l := &c.Cluster
	if l.NATS != "" {
		for part := range strings.SplitSeq(l.NATS, ",") {
			if u, err := url.Parse(strings.TrimSpace(part)); err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
				k.no("cluster.nats", "use nats://host:4222, several with commas")
			}
		}
		if l.Embed {
			k.no("cluster.embed", "cluster.nats names a server already; set one of the two")
		}
		if c.Database == "" {
			k.no("cluster.nats", "several nodes need one database that they share; set database to a PostgreSQL URL")
		}
	}
	if l.Embed {
		k.address("cluster.listen", l.Listen)
	}
	if l.Routes != "" {
		k.address("cluster.routes", l.Routes)
		if !l.Embed {
			k.no("cluster.routes", "it belongs to the embedded NATS server; set cluster.embed = true")
		}
	}
	if len(l.Peers) > 0 && l.Routes == "" {
		k.no("cluster.peers", "set cluster.routes too: the address where the peers reach this node's NATS server")
	}
	if strings.ContainsAny(l.Node, " .*>\t/") {
		k.no("cluster.node", "%q is not usable; use letters, digits, - and _", l.Node)
	}
}

func (k *checker) limits(l *Limits) {
	k.atLeast("limits.max_stanza", l.MaxStanza, 10_000, "RFC 6120 §13.12 demands it")
	k.atLeast("limits.max_stanza_no_auth", l.MaxStanzaNoAuth, 4096, "a sign-in with a token must fit")
	k.atLeast("limits.max_body", l.MaxBody, 4096, "ordinary requests must fit")
	k.atLeast("limits.max_devices", l.MaxDevices, 1, "nobody could sign in")
	k.atLeast("limits.max_streams", l.MaxStreams, 1, "nobody could connect")
	k.atLeast("limits.max_connections", l.MaxConnections, 1, "nobody could connect")
	k.atLeast("limits.max_outbound", l.MaxOutbound, l.MaxStanza, "one stanza must fit: no less than limits.max_stanza")
	k.atLeast("limits.max_roster", l.MaxRoster, 1, "")
	k.atLeast("limits.max_webhooks", l.MaxWebhooks, 0, "")
	k.atLeast("limits.max_keys", l.MaxKeys, 0, "")
	k.within("limits.handshake", l.Handshake, time.Second, 10*time.Minute)
	k.within("limits.resume", l.Resume, 0, 24*time.Hour)
	k.within("limits.token_life", l.TokenLife, 6*time.Minute, 24*time.Hour) // a known client refreshes 5 minutes before the end
	k.within("limits.shutdown", l.Shutdown, 0, time.Hour)
}

func (k *checker) media(m *Media) {
	if m.URL != "" {
		u, err := url.Parse(m.URL)
		switch {
		case err != nil, u.Scheme != "s3" && u.Scheme != "file":
			k.no("media.url", "use s3://bucket?region=…, file:///path, or leave it empty for the folder media in the data directory")
		case u.Scheme == "s3" && u.Host == "":
			k.no("media.url", "it names no bucket; use s3://bucket?region=…")
		case u.Scheme == "file" && (u.Host != "" || u.Path == ""):
			k.no("media.url", "a directory has three slashes: file:///path")
		}
	}
	if m.Key != "" {
		if key, err := hex.DecodeString(strings.TrimSpace(m.Key)); err != nil || len(key) != 32 {
			k.no("media.key", "it is no key; use 64 hexadecimal digits, as openssl rand -hex 32 prints them")
		}
	}
	k.atLeast("media.max_size", m.MaxSize, 1<<10, "pictures must fit")
	k.atLeast("media.quota", m.Quota, m.MaxSize, "one file must fit: no less than media.max_size")
}

func (k *checker) atLeast(setting string, value, least int, why string) {
	if value >= least {
		return
	}
	if why != "" {
		why = " (" + why + ")"
	}
	k.no(setting, "%d is too little; use %d or more%s", value, least, why)
}

func (k *checker) within(setting string, d Duration, least, most time.Duration) {
	if d.Std() < least || d.Std() > most {
		k.no(setting, "%v is out of range; use %v to %v", d.Std(), least, most)
	}
}
