package auth_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"switchboard/auth"
)

func TestDiscoveryAndCORS(t *testing.T) {
	e := newEnv(t, "", func(o *auth.Options) { o.Origins = []string{"https://app.example"} })
	get := func(method, path, origin string, header ...string) answer {
		r, _ := http.NewRequest(method, e.web.URL+path, nil)
		r.Header.Set("Origin", origin)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return e.browser().do(r)
	}
	a := get("GET", "/login/.well-known/openid-configuration", "https://anyone.example")
	var d map[string]any
	e.must(json.Unmarshal([]byte(a.text), &d))
	for k, want := range map[string]string{"issuer": "/login", "authorization_endpoint": "/login/connect/authorize", "token_endpoint": "/login/connect/token",
		"jwks_uri": "/login/.well-known/openid-configuration/jwks", "userinfo_endpoint": "/login/connect/userinfo",
		"end_session_endpoint": "/login/connect/endsession", "revocation_endpoint": "/login/connect/revocation", "introspection_endpoint": "/login/connect/introspect",
		"device_authorization_endpoint": "/login/connect/device_authorization"} {
		if d[k] != e.web.URL+want {
			t.Errorf("%s is %v", k, d[k])
		}
	}
	if a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("discovery is for everybody")
	}
	preflight := []string{"Access-Control-Request-Method", "POST"}
	for origin, want := range map[string]string{"https://app.example": "https://app.example", "https://evil.example": "", "null": ""} {
		for _, path := range []string{"/login/connect/userinfo", "/login/connect/revocation"} {
			a := get("OPTIONS", path, origin, preflight...)
			if a.Header.Get("Access-Control-Allow-Origin") != want || a.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %s: %v", path, origin, a.Header)
			}
		}
	}
	for _, path := range []string{"/login/connect/token", "/login/connect/device_authorization"} { // secrets in the body, never a cookie
		a := get("OPTIONS", path, "https://shop.example", preflight...)
		if a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	for _, path := range []string{"/login/connect/authorize", "/login/Account/Login"} {
		if a := get("OPTIONS", path, "https://app.example", preflight...); a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be called from elsewhere", path)
		}
	}
	if a := get("GET", "/login/connect/userinfo", "", "Accept", "application/json"); a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") != `Bearer realm="switchboard"` {
		t.Errorf("userinfo without a token: %d %v", a.StatusCode, a.Header)
	}
	if a := get("GET", "/login/nothing/here", ""); a.StatusCode != 404 || !strings.Contains(a.text, "no such page") {
		t.Errorf("%d %s", a.StatusCode, a.text)
	}
}

func TestIssuerFollowsHost(t *testing.T) {
	e := newEnv(t, "", func(o *auth.Options) { o.Hosts = []string{"chat.intern"} })
	issuer := func(e *env, host string) string {
		r, _ := http.NewRequestWithContext(context.Background(), "GET", e.web.URL+"/login/.well-known/openid-configuration", nil)
		r.Host = host
		resp, err := http.DefaultClient.Do(r)
		e.must(err)
		defer resp.Body.Close()
		var d struct{ Issuer string }
		b, err := io.ReadAll(resp.Body)
		e.must(err)
		_ = json.Unmarshal(b, &d)
		return d.Issuer
	}
	_, _, err := e.EnsureTenant(t.Context(), "chat.example.com", false)
	e.must(err)
	for host, want := range map[string]string{
		"localhost:8080": "http://localhost:8080/login", "LOCALHOST:8080": "http://localhost:8080/login", "127.0.0.1:1": "http://127.0.0.1:1/login",
		"[::1]:8080": "http://[::1]:8080/login", "192.168.1.5": "http://192.168.1.5/login", "chat.intern:80": "http://chat.intern:80/login",
		"chat.example.com": "http://chat.example.com/login", "evil.example": "http://localhost/login", "evil.example:80": "http://localhost/login",
		"localhost.evil.example": "http://localhost/login",
	} {
		if got := issuer(e, host); got != want {
			t.Errorf("host %s: issuer %s, want %s", host, got, want)
		}
	}
	fixed := newEnv(t, "", func(o *auth.Options) { o.PublicURL = "https://chat.example.com/" })
	if got := issuer(fixed, "localhost"); got != "https://chat.example.com/login" {
		t.Errorf("public URL: %s", got)
	}
}
