package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"switchboard/config"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "switchboard.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDefaultsNeedNothing(t *testing.T) {
	c, err := config.Load("", nil, nil)
	if err != nil || !reflect.DeepEqual(c, config.Defaults()) {
		t.Fatal(c, err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	if !c.Loopback() || !c.TrialAllowed() || c.Warnings() != nil {
		t.Errorf("%v %v %v", c.Loopback(), c.TrialAllowed(), c.Warnings())
	}
}

func TestPrecedence(t *testing.T) {
	file := write(t, "domain = \"file\"\ndata = \"file\"\ndemo = true\n[http]\naddress = \"file:1\"\ntrusted_proxies = [\"10.0.0.0/8\"]\n[limits]\nresume = \"90s\"\n")
	env := []string{"PATH=/bin", "SWITCHBOARD_DATA=env", "SWITCHBOARD_HTTP_ADDRESS=env:1", "SWITCHBOARD_LIMITS_MAX_BODY=5000",
		"SWITCHBOARD_LIMITS_HANDSHAKE=1m", "SWITCHBOARD_TEST_POSTGRES=x", "SWITCHBOARD_CLUSTER_PEERS=nats://a, nats://b", "SWITCHBOARD_DEMO=False",
		"SWITCHBOARD_PORT=tcp://10.0.0.1:80", "SWITCHBOARD_SERVICE_HOST=10.0.0.1", "SWITCHBOARD_DATABASE=postgres://u:a=b@h/d"}
	c, err := config.Load(file, env, map[string]string{"http.address": "flag:1", "log.level": "debug"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Domain != "file" || c.Data != "env" || c.HTTP.Address != "flag:1" || c.Log.Level != "debug" || c.XMPP.Address != "127.0.0.1:5222" ||
		c.Limits.Resume.Std() != 90*time.Second || c.Limits.Handshake.Std() != time.Minute || c.Limits.MaxBody != 5000 || c.Demo ||
		len(c.HTTP.TrustedProxies) != 1 || strings.Join(c.Cluster.Peers, "+") != "nats://a+nats://b" || c.Database != "postgres://u:a=b@h/d" {
		t.Errorf("%+v", c)
	}
	c, err = config.Load("", []string{"SWITCHBOARD_CONFIG=" + file}, nil)
	if err != nil || c.Domain != "file" {
		t.Errorf("file named by the environment: %q %v", c.Domain, err)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"domian = \"x\"":                               "line 1: there is no setting domian; did you mean domain?",
		"# a\n[http]\nadress = \"x\"":                  "line 3: there is no setting http.adress; did you mean http.address?",
		"\n[htpp]\naddress = \"x\"":                    "there is no setting htpp",
		"[limits]\n\n\"max_bdy\" = 1":                  "line 3: there is no setting limits.max_bdy; did you mean limits.max_body?",
		"address = \"x\"":                              "line 1: there is no setting address; did you mean http.address?",
		"zzzzzzzzzzzz = 1":                             `"switchboard config" lists them all`,
		"domain = 5":                                   "domain",
		"domain = \"a\"\nx = = 1":                      "line 2",
		"[limits]\nresume = \"soon\"":                  `"soon" is not a duration such as 30s, 5m or 1h30m`,
		"domain = \"a\"\ndomain = \"b\"":               "line 2",
		"one_thing = 1\n[http]\nother_thing = \"x\"\n": "other_thing",
	} {
		_, err := config.Load(write(t, text), nil, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for env, want := range map[string]string{
		"SWITCHBOARD_HTTP_ADRESS=x":         "there is no environment variable SWITCHBOARD_HTTP_ADRESS; did you mean SWITCHBOARD_HTTP_ADDRESS?",
		"SWITCHBOARD_DEMO=perhaps":          `SWITCHBOARD_DEMO: "perhaps" is neither true nor false`,
		"SWITCHBOARD_LIMITS_MAX_BODY=1 MB":  `SWITCHBOARD_LIMITS_MAX_BODY: "1 MB" is not a whole number`,
		"SWITCHBOARD_LIMITS_HANDSHAKE=soon": "SWITCHBOARD_LIMITS_HANDSHAKE",
		"SWITCHBOARD_CONFIG=/nowhere.toml":  "the configuration file cannot be read",
	} {
		if _, err := config.Load("", []string{env}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", env, err)
		}
	}
	if _, err := config.Load("", nil, map[string]string{"http.addres": "x"}); err == nil || !strings.Contains(err.Error(), "did you mean http.address?") {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"domain":      {func(c *config.Config) { c.Domain = "https://x" }, "domain: "},
		"no domain":   {func(c *config.Config) { c.Domain = "" }, "domain: it is empty"},
		"data":        {func(c *config.Config) { c.Data = "" }, "data: "},
		"database":    {func(c *config.Config) { c.Database = "mysql://x" }, "database: use postgres://"},
		"public url":  {func(c *config.Config) { c.PublicURL = "chat.example.com/x" }, "public_url: "},
		"trial":       {func(c *config.Config) { c.Trial = "yes" }, `trial: "yes" is not known; use auto, on, off`},
		"address":     {func(c *config.Config) { c.HTTP.Address = "8080" }, "http.address: "},
		"port":        {func(c *config.Config) { c.XMPP.Address = "127.0.0.1:99999" }, "xmpp.address: "},
		"same":        {func(c *config.Config) { c.XMPP.Address = c.HTTP.Address }, "xmpp.address: it is the same"},
		"half tls":    {func(c *config.Config) { c.TLS.Cert = "/nowhere" }, "tls: cert and key belong together"},
		"tls file":    {func(c *config.Config) { c.TLS.Cert, c.TLS.Key = "/nowhere", "/nowhere" }, "tls.key: there is no readable file /nowhere"},
		"proxies":     {func(c *config.Config) { c.HTTP.TrustedProxies = []string{"10.0.0.1"} }, "http.trusted_proxies: "},
		"hosts":       {func(c *config.Config) { c.HTTP.Hosts = []string{"chat.intern:80"} }, "http.hosts: "},
		"hosts all":   {func(c *config.Config) { c.HTTP.Hosts = []string{"*"} }, "http.hosts: "},
		"origins":     {func(c *config.Config) { c.HTTP.Origins = []string{"https://app.example/"} }, "http.origins: "},
		"origins all": {func(c *config.Config) { c.HTTP.Origins = []string{"*"} }, "http.origins: "},
		"hsts":        {func(c *config.Config) { c.HTTP.HSTS = true }, "http.hsts: "},
		"nats":        {func(c *config.Config) { c.Cluster.NATS = "localhost:4222" }, "cluster.nats: use nats://"},
		"nats sqlite": {func(c *config.Config) { c.Cluster.NATS = "nats://x" }, "set database to a PostgreSQL URL"},
		"routes":      {func(c *config.Config) { c.Cluster.Routes = "0.0.0.0:6222" }, "cluster.routes: "},
		"peers":       {func(c *config.Config) { c.Cluster.Peers = []string{"nats://x"} }, "cluster.peers: "},
		"node":        {func(c *config.Config) { c.Cluster.Node = "a.b" }, "cluster.node: "},
		"level":       {func(c *config.Config) { c.Log.Level = "loud" }, "log.level: "},
		"stanza":      {func(c *config.Config) { c.Limits.MaxStanza = 100 }, "limits.max_stanza: 100 is too little; use 10000 or more"},
		"outbound":    {func(c *config.Config) { c.Limits.MaxOutbound = 20_000 }, "limits.max_outbound: "},
		"media url":   {func(c *config.Config) { c.Media.URL = "ftp://x" }, "media.url: use s3://"},
		"bucket":      {func(c *config.Config) { c.Media.URL = "s3://?region=x" }, "media.url: it names no bucket"},
		"directory":   {func(c *config.Config) { c.Media.URL = "file://srv/media" }, "media.url: a directory has three slashes"},
		"media key":   {func(c *config.Config) { c.Media.Key = "secret" }, "media.key: it is no key"},
		"media size":  {func(c *config.Config) { c.Media.MaxSize = 1 }, "media.max_size: "},
		"media quota": {func(c *config.Config) { c.Media.Quota = 1 << 20 }, "media.quota: 1048576 is too little; use 2097152000 or more"},
		"provider":    {func(c *config.Config) { c.Microsoft.ClientID = "x" }, "microsoft.issuer: \"\" is no issuer"},
		"common": {func(c *config.Config) {
			c.Microsoft.ClientID, c.Microsoft.Issuer = "x", "https://login.microsoftonline.com/common/v2.0"
		}, "microsoft.issuer: it stands for every directory"},
		"no secret": {func(c *config.Config) { c.Google.ClientID = "x" }, "google.client_secret: it is empty"},
		"token":     {func(c *config.Config) { c.Limits.TokenLife = config.Duration(time.Minute) }, "limits.token_life: 1m0s is out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			conf := config.Defaults()
			c.change(&conf)
			if err := conf.Check(); err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), c.want) > 1 {
				t.Errorf("%v", err)
			}
		})
	}
	c := config.Defaults()
	c.HTTP.Address, c.Trial, c.InsecurePlain, c.Webhook.AllowPrivate = "0.0.0.0:8080", "on", true, true
	c.HTTP.Hosts, c.HTTP.Origins = []string{"chat.intern", "CHAT.example"}, []string{"https://app.example", "http://localhost:3000"}
	if err := c.Check(); err != nil || len(c.Warnings()) != 4 || c.Loopback() {
		t.Errorf("%v %v", err, c.Warnings())
	}
	if c.Trial = "auto"; c.TrialAllowed() {
		t.Error("trial on a server that listens to the network")
	}
}

// What Document prints is a file that Load reads as the defaults, and that
// explains every setting.
func TestDocument(t *testing.T) {
	text := config.Document()
	c, err := config.Load(write(t, text), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := config.Defaults()
	want.HTTP.TrustedProxies, want.HTTP.Hosts, want.HTTP.Origins, want.Cluster.Peers = []string{}, []string{}, []string{}, []string{}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v", c)
	}
	walk(t, reflect.TypeFor[config.Config]())
	for _, part := range []string{"# XMPP domain of the first tenant", "# Environment: SWITCHBOARD_HTTP_ADDRESS\naddress = \"127.0.0.1:8080\"\n",
		"[limits]", "token_life = \"1h\"", "handshake = \"30s\"", "resume = \"5m\"", "# Example: trusted_proxies = [\"10.0.0.0/8\"]"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q", part)
		}
	}
	c.Database = "postgres://u:secret@h/d"
	if shown := c.Document(); strings.Contains(shown, "secret@") || !strings.Contains(shown, "# database = (set; not shown)") {
		t.Error("a secret is printed")
	}
}

func walk(t *testing.T, s reflect.Type) {
	for i := range s.NumField() {
		f := s.Field(i)
		switch {
		case f.Tag.Get("toml") == "":
			t.Errorf("%s has no key", f.Name)
		case f.Type.Kind() == reflect.Struct:
			walk(t, f.Type)
		case f.Tag.Get("doc") == "":
			t.Errorf("%s has no explanation", f.Name)
		}
	}
}
