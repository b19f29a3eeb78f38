package public_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
)

// Features are switched one by one, and who reads them sees the others as they were.
func TestFeatures(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	features := func() map[string]bool {
		return boardtest.Decode[struct{ Features map[string]bool }](t, w.call(200, "GET", root, "/Companies/features", "")).Features
	}
	boardtest.Golden(t, "features", w.call(200, "GET", root, "/Companies/features", ""))
	w.call(204, "PUT", root, "/Companies/features", `{"features":{"isBlockEnabled":false,"isReportEnabled":false}}`)
	w.call(204, "PUT", root, "/Companies/features", `{"features":{"isBlockEnabled":true}}`)
	got := features()
	for _, f := range switchboard.Features() {
		if got[string(f)] != (f != switchboard.FeatureReport) {
			t.Errorf("%s is %v", f, got[string(f)])
		}
	}
	before := w.call(200, "GET", root, "/Companies/features", "")
	for _, body := range []string{`{"features":{"isMagicEnabled":false}}`, `{"features":{"isBlockEnabled":"no"}}`, `{"features":[]}`, `{}`} {
		w.call(400, "PUT", root, "/Companies/features", body)
	}
	if after := w.call(200, "GET", root, "/Companies/features", ""); string(after.Body) != string(before.Body) {
		t.Errorf("a refused change did something: %s", after.Body)
	}
	w.call(403, "PUT", w.token("jana"), "/Companies/features", `{"features":{"isBlockEnabled":false}}`)
}

// Settings have defaults, bounds, and effects.
func TestSettings(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	type settings struct {
		DeviceLimit, DeletionGraceHours int
		Identity                        struct{ JwksURL, Issuer, Audience, Key string }
	}
	read := func() settings {
		return boardtest.Decode[settings](t, w.call(200, "GET", root, "/Companies/settings", ""))
	}
	if s := read(); s.DeviceLimit != switchboard.MaxDevices || s.DeletionGraceHours != 720 || len(s.Identity.Key) != 64 {
		t.Errorf("at first: %+v", s)
	}
	key := read().Identity.Key
	w.call(204, "PUT", root, "/Companies/settings", `{"deviceLimit":1,"identity":{"jwksUrl":"https://id.example/keys","issuer":"https://id.example"}}`)
	w.call(204, "PUT", root, "/Companies/settings", `{"deletionGraceHours":0,"identity":{"issuer":""}}`)
	if s := read(); fmt.Sprint(s) != fmt.Sprint(settings{1, 0, struct{ JwksURL, Issuer, Audience, Key string }{"https://id.example/keys", "", "", key}}) {
		t.Errorf("afterwards: %+v", s)
	}
	for body, field := range map[string]string{`{"deviceLimit":-1}`: "deviceLimit", `{"deviceLimit":1001}`: "deviceLimit", `{"deletionGraceHours":8761}`: "deletionGraceHours",
		`{"identity":{"jwksUrl":"http://id.example/keys"}}`: "identity.jwksUrl", `{"identity":{"jwksUrl":"javascript:alert(1)"}}`: "identity.jwksUrl",
		`{"identity":{"issuer":"` + long(2000) + `"}}`: "identity.issuer", `{"identity":{"audience":"\u0001"}}`: "settings"} {
		if r := w.call(400, "PUT", root, "/Companies/settings", body); !strings.Contains(string(r.Body), `"`+field+`"`) {
			t.Errorf("%s: %s", body, r.Body)
		}
	}
	w.register("ann", "web")
	if _, err := w.Auth.RegisterDevice(t.Context(), auth.RegisterRequest{License: auth.TrialLicence, Identifier: "ann", Sandbox: true}); switchboard.KindOf(err) != switchboard.NotAllowed {
		t.Errorf("a second device: %v", err)
	}
	w.call(204, "PUT", root, "/Companies/settings", `{"deviceLimit":0}`)
	if s := read(); s.DeviceLimit != switchboard.MaxDevices {
		t.Errorf("the limit is %d", s.DeviceLimit)
	}
	w.call(403, "GET", w.keyToken("root", switchboard.ScopeCompanyRead), "/Companies/settings", "")
}

// The key that an administrator reads is the one with which the app's backend
// vouches for its users.
func TestIdentityKey(t *testing.T) {
	w := newWorld(t)
	root := w.token("root")
	w.call(204, "POST", root, "/Companies/endTrial", "")
	licence := boardtest.Decode[struct{ LicenseKey string }](t, w.call(200, "GET", root, "/Companies", "")).LicenseKey
	key := boardtest.Decode[struct{ Identity struct{ Key string } }](t, w.call(200, "GET", root, "/Companies/settings", "")).Identity.Key
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(key)}, nil)
	must(t, err)
	token, err := jwt.Signed(signer).Claims(jwt.Claims{Subject: "zoe", Expiry: jwt.NewNumericDate(w.clock.Now().Add(5 * time.Minute))}).Serialize()
	must(t, err)
	for identifier, ok := range map[string]bool{"zoe": true, "ann": false} {
		_, err := w.Auth.RegisterDevice(t.Context(), auth.RegisterRequest{License: licence, Identifier: identifier, Proof: token})
		if (err == nil) != ok {
			t.Errorf("%s: %v", identifier, err)
		}
	}
}
