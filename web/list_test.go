package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"switchboard"
	"switchboard/web"
)

type item struct {
	Name string `json:"name"`
}

// parts hands out parts of a list, and then an error if there is one.
func parts(err error, all ...[]item) func() ([]item, error) {
	return func() ([]item, error) {
		if len(all) == 0 {
			return nil, err
		}
		part := all[0]
		all = all[1:]
		return part, nil
	}
}

func TestList(t *testing.T) {
	lists := map[string]func() ([]item, error){
		"/empty":  parts(nil),
		"/one":    parts(nil, []item{{"a <b>"}}),
		"/many":   parts(nil, []item{{"a"}, {"b"}}, []item{{"c"}}),
		"/wrong":  parts(switchboard.E(switchboard.Forbidden, "no", "no")),
		"/broken": parts(errors.New("the disk is full"), []item{{strings.Repeat("a", 10_000)}}, []item{{"b"}}),
	}
	k := web.New(web.Options{})
	api := web.NewAPI(k, web.APIOptions{Prefix: "/list"})
	for path, next := range lists {
		web.Handle(api, web.Op{Method: "GET", Path: path, Anonymous: true, Summary: "A list"},
			func(context.Context, switchboard.Principal, *struct{}) (*web.List[item], error) {
				return web.ListOf(next)
			})
	}
	server := httptest.NewServer(k.Handler())
	t.Cleanup(server.Close)
	for path, want := range map[string]string{"/empty": "200 []", "/one": `200 [{"name":"a <b>"}]`,
		"/many": `200 [{"name":"a"},{"name":"b"},{"name":"c"}]`, "/wrong": `403 {"code":"no","message":"no"}`, "/broken": "an error"} {
		got := "an error" // a list that is not whole must not look like one that is
		resp, err := http.Get(server.URL + "/list" + path)
		if err == nil {
			body, readErr := io.ReadAll(resp.Body)
			resp.Body.Close()
			if readErr == nil {
				got = resp.Status[:3] + " " + strings.TrimSpace(string(body))
				if kind := resp.Header.Get("Content-Type"); kind != "application/json" {
					t.Errorf("%s is %s", path, kind)
				}
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	document, err := k.OpenAPI("")
	if err != nil || !strings.Contains(string(document), `"items":{"$ref":"#/components/schemas/Item"},"type":"array"`) {
		t.Errorf("%v: %s", err, document)
	}
}
