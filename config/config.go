package config

import (
	"time"
)

// Config is everything that can be set. Tables of the TOML file are its
// nested structs; the environment variable of a setting is SWITCHBOARD_ and
// its key in capitals, with the table's name before it (SWITCHBOARD_HTTP_ADDRESS).
type Config struct {
	Domain    string `toml:"domain" doc:"XMPP domain of the first tenant: the part of addresses after the @."`
	Data      string `toml:"data" doc:"Directory for the embedded database, keys, certificates and media. Created if absent."`
	Database  string `toml:"database" secret:"true" example:"postgres://switchboard:password@db.example/switchboard?sslmode=verify-full" doc:"PostgreSQL URL. Empty: SQLite inside the data directory."`
	PublicURL string `toml:"public_url" example:"https://chat.example.com" doc:"Where browsers reach this server. Empty: taken from the HTTP address (and from each request's Host)."`
	Trial     string `toml:"trial" doc:"Trial mode of a new installation: auto, on or off. In trial mode the licence key \"trial\" exists and /sandbox/register lets its holder sign in as anyone. auto: only while the server listens on loopback alone."`
	Demo      bool   `toml:"demo" doc:"Seed a few accounts, messages and conversations on the first start."`

	InsecurePlain bool `toml:"insecure_plain" doc:"Allow SASL PLAIN, BOSH and WebSocket without TLS, from loopback only."`

	HTTP    HTTP    `toml:"http"`
	XMPP    XMPP    `toml:"xmpp"`
	TLS     TLS     `toml:"tls"`
	Cluster Cluster `toml:"cluster"`
	Log     Log     `toml:"log"`
	Limits  Limits  `toml:"limits"`
	Media   Media   `toml:"media"`
	Webhook Webhook `toml:"webhook"`

	Google    OpenID `toml:"google"`
	Microsoft OpenID `toml:"microsoft"`
	OpenID    OpenID `toml:"openid"`
}

// OpenID is another OpenID provider at which operators may sign in.
type OpenID struct {
	Name         string `toml:"name" doc:"What people and administrators call the provider."`
	Issuer       string `toml:"issuer" doc:"The provider's issuer. Its discovery document is below it. Of Microsoft it is that of one's own directory: https://login.microsoftonline.com/DIRECTORY/v2.0"`
	ClientID     string `toml:"client_id" doc:"This server's client id at the provider. Empty: nobody signs in there. The redirect address to register there is PUBLIC_URL/login/external/NAME/callback, with the name in small letters."`
	ClientSecret string `toml:"client_secret" secret:"true" doc:"This server's client secret at the provider."`
	TrustEmail   bool   `toml:"trust_email" doc:"Believe e-mail addresses that the provider does not say to be verified. Only for a directory in which nobody can choose an address."`
}

// Providers are the OpenID providers that are set up.
func (c *Config) Providers() []OpenID {
	var all []OpenID
	for _, p := range []OpenID{c.Google, c.Microsoft, c.OpenID} {
		if p.ClientID != "" {
			all = append(all, p)
		}
	}
	return all
}

// HTTP is the listener for the APIs, the console, the pages and the sockets.
type HTTP struct {
	Address        string   `toml:"address" doc:"Address and port to listen on. Port 0 takes a free one."`
	TLS            bool     `toml:"tls" doc:"Serve HTTPS here, with the certificate of the tls table. Off: a proxy in front does it, or it is a trial on this machine."`
	TrustedProxies []string `toml:"trusted_proxies" example:"[\"10.0.0.0/8\"]" doc:"Networks whose X-Forwarded-For and X-Forwarded-Proto headers are believed."`
	Hosts          []string `toml:"hosts" example:"[\"chat.intern\"]" doc:"Further names, without port, by which browsers may reach this server while public_url is empty. Under any other name (but a tenant's domain, localhost or an address) the sign-in pages name and use the first tenant's domain."`
	Origins        []string `toml:"origins" example:"[\"https://app.example.com\"]" doc:"Web origins, other than this server's own, whose pages may ask the OpenID provider for userinfo and revoke tokens. The APIs, the token endpoint and XMPP are open to pages of every origin, because they take no cookies from them."`
	HSTS           bool     `toml:"hsts" doc:"Tell browsers to use only HTTPS for this name for a year. Only with a real certificate."`
}

// XMPP is the listener for XMPP over TCP.
type XMPP struct {
	Address string `toml:"address" doc:"Address and port to listen on. Port 0 takes a free one; \"off\" switches XMPP over TCP off."`
}

// TLS is the certificate of both listeners.
type TLS struct {
	Cert string `toml:"cert" example:"/etc/ssl/chat.example.com.pem" doc:"Certificate chain file (PEM). Empty: a self-signed certificate is made in the data directory."`
	Key  string `toml:"key" example:"/etc/ssl/private/chat.example.com.key" doc:"Private key file (PEM) of the certificate."`
}

// Cluster is how nodes find each other.
type Cluster struct {
	NATS   string   `toml:"nats" secret:"true" example:"nats://nats.example:4222" doc:"NATS URL that all nodes share. Empty: this node stands alone, unless it embeds a server."`
	Embed  bool     `toml:"embed" doc:"Run a NATS server inside this process and use it."`
	Listen string   `toml:"listen" doc:"Address of the embedded NATS server for its clients. Port 0 takes a free one."`
	Routes string   `toml:"routes" doc:"Address of the embedded NATS server for the other embedded servers. Empty: no cluster."`
	Peers  []string `toml:"peers" example:"[\"nats://10.0.0.2:6222\"]" doc:"Addresses (routes) of the other nodes' embedded NATS servers."`
	Secret string   `toml:"secret" secret:"true" doc:"Shared by the embedded NATS servers of a cluster; needed with routes."`
	Node   string   `toml:"node" doc:"Name of this node, unique in the cluster. Empty: the host name and a random part."`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `toml:"level" doc:"debug, info, warn or error."`
	Format string `toml:"format" doc:"text, json, or auto: text for a terminal, JSON otherwise."`
}

// Limits bounds what strangers can make grow.
type Limits struct {
	MaxStanza       int      `toml:"max_stanza" doc:"Bytes of one XMPP stanza after authentication."`
	MaxStanzaNoAuth int      `toml:"max_stanza_no_auth" doc:"Bytes of one XMPP element before authentication."`
	MaxBody         int      `toml:"max_body" doc:"Bytes of one HTTP request body."`
	MaxDevices      int      `toml:"max_devices" doc:"Devices that one account may be signed in on; at the limit the oldest is signed out if the client forces it."`
	MaxStreams      int      `toml:"max_streams" doc:"Live XMPP streams of one account."`
	MaxConnections  int      `toml:"max_connections" doc:"XMPP connections of this node that are not signed in yet."`
	MaxOutbound     int      `toml:"max_outbound" doc:"Bytes that may wait for one slow XMPP stream before it is cut."`
	MaxRoster       int      `toml:"max_roster" doc:"Contacts in one roster."`
	MaxWebhooks     int      `toml:"max_webhooks" doc:"Webhooks of one tenant."`
	MaxKeys         int      `toml:"max_keys" doc:"Live API keys of one tenant."`
	Handshake       Duration `toml:"handshake" doc:"Time from connecting to a bound XMPP stream."`
	Resume          Duration `toml:"resume" doc:"How long a cut XMPP stream may be resumed (XEP-0198)."`
	TokenLife       Duration `toml:"token_life" doc:"Life of access tokens. Clients count on one hour."`
	Shutdown        Duration `toml:"shutdown" doc:"How long a stopping server waits for requests and streams to finish."`
}

// Media is where files and pictures are kept.
type Media struct {
	URL     string `toml:"url" example:"s3://bucket?region=eu-central-1&endpoint=https://s3.example.com&use_path_style=true" doc:"Where uploaded files and pictures are kept. Empty: the folder media in the data directory. An s3:// URL: a bucket, with the credentials of the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY). Several nodes need a bucket, or a directory (file:///path) that they share."`
	Key     string `toml:"key" secret:"true" doc:"Master key that files are encrypted with at rest: 64 hexadecimal digits. Empty: made once and kept in media.key in the data directory. Without it no file can be read: keep a copy of it apart from the files. Several nodes need the same one here."`
	MaxSize int    `toml:"max_size" doc:"Bytes of one uploaded file."`
	Quota   int    `toml:"quota" doc:"Bytes of all uploaded files of one account."`
}

// Webhook is how events are delivered to customers' URLs.
type Webhook struct {
	AllowPrivate bool `toml:"allow_private" doc:"Let webhooks, and the key sets of tenants' identity providers, be at loopback and in private networks. Only for trials and tests: it opens this server's own network to tenants."`
}

// Duration is a time.Duration that TOML and the environment write as "5m".
type Duration time.Duration

// Defaults is the configuration of a server that was given none.
func Defaults() Config {
	return Config{
		Domain: "localhost",
		Data:   "data",
		Trial:  "auto",
		HTTP:   HTTP{Address: "127.0.0.1:8080"},
		XMPP:   XMPP{Address: "127.0.0.1:5222"},
		Cluster: Cluster{
			Listen: "127.0.0.1:0",
		},
		Log: Log{Level: "info", Format: "auto"},
		Limits: Limits{
			MaxStanza: 256 << 10, MaxStanzaNoAuth: 10 << 10, MaxBody: 1 << 20, MaxDevices: 10, MaxStreams: 64,
			MaxConnections: 10_000, MaxOutbound: 4 << 20, MaxRoster: 5000, MaxWebhooks: 100, MaxKeys: 1000,
			Handshake: Duration(30 * time.Second), Resume: Duration(5 * time.Minute), TokenLife: Duration(time.Hour),
			Shutdown: Duration(20 * time.Second),
		},
		Media: Media{MaxSize: 2000 << 20, Quota: 20 << 30},

		Google:    OpenID{Name: "Google", Issuer: "https://accounts.google.com"},
		Microsoft: OpenID{Name: "Microsoft"},
		OpenID:    OpenID{Name: "OpenID"},
	}
}
