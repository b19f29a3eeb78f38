package auth_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"switchboard"
	"switchboard/auth"
	"switchboard/boardtest"
)

// tool signs somebody in to a tool on their own machine.
func (e *env) tool(b *browser, name, scope string) (token *oauth2.Token, conf oauth2.Config) {
	e.t.Helper()
	conf = oauth2.Config{ClientID: auth.NativeClient, RedirectURL: "http://127.0.0.1:1410/", Scopes: []string{scope},
		Endpoint: oauth2.Endpoint{AuthURL: e.web.URL + "/login/connect/authorize", TokenURL: e.web.URL + "/login/connect/token", AuthStyle: oauth2.AuthStyleInParams}}
	verifier := oauth2.GenerateVerifier()
	a := b.get(conf.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)))
	a = b.fill(location(e.t, a).String(), url.Values{"decision": {"allow"}})
	token, err := conf.Exchange(e.t.Context(), location(e.t, a).Query().Get("code"), oauth2.VerifierOption(verifier))
	e.must(err)
	return token, conf
}

func (e *env) who(token string) switchboard.Principal {
	e.t.Helper()
	p, err := e.Verify(e.t.Context(), token)
	e.must(err)
	return p
}

// passwordFails checks that a device's credential is worth nothing.
func (e *env) passwordFails(name, password string) {
	e.t.Helper()
	_, err := e.Password(e.t.Context(), "", name, password, "192.0.2.77")
	wantCode(e.t, err, "credentials-wrong")
}

// What a tool registered, approved, or had a device register, ends with its login, however that ends.
func TestDevicesEndWithTheClient(t *testing.T) {
	ends := map[string]func(e *env, p switchboard.Principal, token *oauth2.Token){
		"revoked by the person": func(e *env, p switchboard.Principal, _ *oauth2.Token) {
			e.must(e.RevokeDevice(e.t.Context(), e.login("anna"), p.Device, ""))
		},
		"revoked by an administrator": func(e *env, p switchboard.Principal, _ *oauth2.Token) {
			e.must(e.RevokeDevice(e.t.Context(), e.root, p.Device, ""))
		},
		"given up by the client": func(e *env, _ switchboard.Principal, token *oauth2.Token) {
			a := e.browser().post("/login/connect/revocation", url.Values{"client_id": {auth.NativeClient}, "token": {token.RefreshToken}})
			if a.StatusCode != http.StatusOK {
				e.t.Fatal(a.StatusCode, a.text)
			}
		},
		"a stolen refresh token": func(e *env, _ switchboard.Principal, token *oauth2.Token) {
			for range 2 {
				e.browser().post("/login/connect/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {auth.NativeClient}, "refresh_token": {token.RefreshToken}})
			}
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, e *env) {
				e.account("anna", switchboard.User, false)
				own, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: rightPassword})
				e.must(err)
				b := e.browser()
				b.signIn("anna", rightPassword, "/")
				token, _ := e.tool(b, "anna", "chat offline_access")
				tool := e.who(token.AccessToken)

				first, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: token.AccessToken})
				e.must(err)
				second, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: first.Password}) // by the device's credential
				e.must(err)
				third, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: second.Token}) // by the device's token
				e.must(err)
				codes := e.ask(shop)
				e.must(e.AnswerDevice(t.Context(), e.who(third.Token), codes.UserCode, true))
				page := e.poll(shop, codes.DeviceCode)
				late := e.ask(shop) // approved, but not yet fetched
				e.must(e.AnswerDevice(t.Context(), tool, late.UserCode, true))
				e.who(page.AccessToken)

				end(e, tool, token)
				for _, dead := range []string{first.Token, second.Token, third.Token, page.AccessToken} {
					e.verifyFails(dead, "token-revoked")
				}
				for _, password := range []string{first.Password, second.Password, third.Password, page.Password} {
					e.passwordFails("anna", password)
				}
				e.pollFails(shop, late.DeviceCode, "access_denied")
				_, err = e.register(auth.RegisterRequest{Identifier: "anna", Proof: token.AccessToken})
				wantCode(t, err, "proof-wrong")
				if devices, err := e.Devices(t.Context(), e.login("anna"), tool.Account); err != nil || len(devices) != 1 || devices[0].ID != own.Device {
					t.Fatalf("%+v %v", devices, err) // what the person registered stays
				}
				added, err := e.Audit(t.Context(), e.root, auth.AuditQuery{Kind: switchboard.DeviceAdded, Limit: 4})
				e.must(err)
				for _, f := range added {
					if !strings.Contains(string(f.Details), `"client":"`+auth.NativeClient+`"`) {
						t.Errorf("%s: %s", f.Kind, f.Details)
					}
				}
				if ended, err := e.Audit(t.Context(), e.root, auth.AuditQuery{Kind: switchboard.DeviceRevoked}); err != nil || len(ended) != 5 {
					t.Errorf("%d ends are recorded, %v", len(ended), err)
				}
			})
		})
	}
}

// A login that is not to last does not leave something behind that does.
func TestDevicesExpireWithTheClient(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		e.account("anna", switchboard.User, false)
		b := e.browser()
		b.signIn("anna", rightPassword, "/")
		short, _ := e.tool(b, "anna", "chat")
		long, conf := e.tool(b, "anna", "chat offline_access")
		gone, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: short.AccessToken})
		e.must(err)
		stays, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: long.AccessToken})
		e.must(err)
		e.clock.Add(time.Hour)
		e.passwordFails("anna", gone.Password)
		e.clock.Add(29 * 24 * time.Hour)
		fresh, err := conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: long.RefreshToken}).Token()
		e.must(err)
		e.clock.Add(29 * 24 * time.Hour)
		if p, err := e.Password(t.Context(), "", "anna", stays.Password, "a"); err != nil || p.Device != stays.Device {
			t.Fatalf("%+v %v", p, err)
		}
		e.clock.Add(24 * time.Hour)
		e.passwordFails("anna", stays.Password)
		_, err = conf.TokenSource(t.Context(), &oauth2.Token{RefreshToken: fresh.RefreshToken}).Token()
		oauthError(t, err, 400, "invalid_grant")
	})
}

// What an administrator's tool registered for somebody else ends with the administrator's login.
func TestDevicesOfOthersEndWithTheClient(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		boss := e.account("boss", switchboard.Operator, true)
		heard := make(chan auth.Revocation, 20)
		e.OnRevoked(func(r auth.Revocation) { heard <- r })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = e.Run(ctx) }()
		defer func() { stop(); <-ended }()
		e.following(heard, e.account("ready", switchboard.User, false).ID)

		b := e.browser()
		b.signIn("boss", rightPassword, "/")
		token, _ := e.tool(b, "boss", "users.write offline_access")
		anna, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: token.AccessToken})
		e.must(err)
		ben, err := e.register(auth.RegisterRequest{Identifier: "ben", Proof: e.token(e.login("boss"))})
		e.must(err)
		e.must(e.SetPassword(t.Context(), e.root, boss.ID, "another password"))
		e.verifyFails(anna.Token, "token-revoked")
		e.who(ben.Token) // no client: by name and password
		for r := told(t, heard); r.Account != anna.Principal.Account; r = told(t, heard) {
		}
	})
}

// Of two nodes that spend the same refresh token at the same moment one is
// late, and the late one may be the person: the login ends.
func TestSpentOnTwoNodesAtOnce(t *testing.T) {
	database := boardtest.Postgres(t)
	one, two := newEnv(t, database), newEnv(t, database)
	one.account("anna", switchboard.User, false)
	b := one.browser()
	b.signIn("anna", rightPassword, "/")
	token, _ := one.tool(b, "anna", "chat offline_access")
	barrier, err := pgx.Connect(t.Context(), database)
	one.must(err)
	defer barrier.Close(context.Background())
	hold, err := barrier.Begin(t.Context()) // so that both find the token unused
	one.must(err)
	_, err = hold.Exec(t.Context(), "SELECT 1 FROM refresh_tokens FOR UPDATE")
	one.must(err)
	var requests sync.WaitGroup
	for _, e := range []*env{one, two} {
		requests.Go(func() {
			resp, err := http.PostForm(e.web.URL+"/login/connect/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {auth.NativeClient}, "refresh_token": {token.RefreshToken}})
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
		})
	}
	for waiting := 0; waiting < 2; {
		one.must(hold.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&waiting))
	}
	one.must(hold.Rollback(t.Context()))
	requests.Wait()
	one.clock.Add(2 * time.Second)
	one.verifyFails(token.AccessToken, "token-revoked")
}

// A node that believes a token for a moment longer makes no device by it.
func TestProofEndsBeforeTheDeviceIsMade(t *testing.T) {
	both(t, func(t *testing.T, e *env) {
		anna := e.account("anna", switchboard.User, false)
		boss := e.account("boss", switchboard.Operator, true)
		node2 := auth.New(auth.Options{DB: e.db, Now: e.clock.Now, Iterations: 64})
		device, err := e.register(auth.RegisterRequest{Identifier: "anna", Proof: rightPassword})
		e.must(err)
		byPassword, byDevice, byBoss := e.token(e.login("anna")), device.Token, e.token(e.login("boss"))
		for _, token := range []string{byPassword, byDevice, byBoss} {
			_, err := node2.Verify(t.Context(), token)
			e.must(err)
		}
		e.must(e.RevokeDevice(t.Context(), device.Principal, device.Device, ""))
		e.must(e.SetPassword(t.Context(), e.root, anna.ID, "another password"))
		e.must(e.SetEnabled(t.Context(), e.root, boss.ID, false))
		for i, token := range []string{byPassword, byDevice, byBoss} {
			if _, err := node2.Verify(t.Context(), token); err != nil {
				t.Fatalf("%d: it is not believed any more: %v", i, err)
			}
			_, err := node2.RegisterDevice(t.Context(), auth.RegisterRequest{License: "trial", Identifier: "anna", Proof: token})
			wantCode(t, err, "proof-wrong")
		}
	})
}
