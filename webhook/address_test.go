package webhook

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"switchboard"
)

func TestTargets(t *testing.T) {
	names := map[string]string{"hooks.example.com": "93.184.215.14", "inside.example.com": "10.0.0.7",
		"both.example.com": "93.184.215.14 ::1", "six.example.com": "fd00::1", "xn--bcher-kva.example": "93.184.215.14"}
	s := New(Options{})
	s.resolve = func(_ context.Context, _, host string) (all []netip.Addr, err error) {
		for _, a := range strings.Fields(names[host]) {
			all = append(all, netip.MustParseAddr(a))
		}
		if all == nil {
			return nil, context.DeadlineExceeded
		}
		return all, nil
	}
	for _, c := range []struct{ url, code string }{
		{"https://hooks.example.com", ""},
		{"http://hooks.example.com:8080/a%2Fb?x=1&y", ""},
		{"HTTPS://Hooks.Example.Com/", ""},
		{"https://u:p@hooks.example.com/", ""},
		{"https://bücher.example/", ""},
		{"https://8.8.8.8/", ""},
		{"https://[2606:4700::1111]:8443/", ""},
		{"https://not-known-yet.example.com/", ""},

		{"", "url-invalid"},
		{"hooks.example.com/a", "url-invalid"},
		{"//hooks.example.com/a", "url-invalid"},
		{"https:hooks.example.com", "url-invalid"},
		{"https:///a", "url-invalid"},
		{"https://:80/a", "url-invalid"},
		{"ftp://hooks.example.com/", "url-invalid"},
		{"file:///etc/passwd", "url-invalid"},
		{"gopher://127.0.0.1:6379/_x", "url-invalid"},
		{"javascript:alert(1)", "url-invalid"},
		{"https://hooks.example.com:0/", "url-invalid"},
		{"https://hooks.example.com:65536/", "url-invalid"},
		{"https://hooks.example.com/\r\nHost: x", "url-invalid"},
		{"https://hooks.example.com/\x00", "url-invalid"},
		{"https://\xff.example.com/", "url-invalid"},
		{"https://u%00:p@hooks.example.com/", "url-invalid"},
		{"https://u%3Ax:p@hooks.example.com/", "url-invalid"},
		{"https://hooks.example.com/" + strings.Repeat("a", 2048), "url-invalid"},
		{"http://134744072/", "url-invalid"}, // 8.8.8.8

		{"http://localhost:8080/", "url-private"},
		{"http://LOCALHOST./", "url-private"},
		{"http://x.localhost/", "url-private"},
		{"http://metadata.google.internal/", "url-private"},
		{"http://printer.local/", "url-private"},
		{"http://127.0.0.1/", "url-private"},
		{"http://127.0.0.1./", "url-private"},
		{"http://127.1/", "url-private"},
		{"http://0/", "url-private"},
		{"http://0x7f000001/", "url-private"},
		{"http://0177.0.0.1/", "url-private"},
		{"http://2130706433/", "url-private"},
		{"http://1.2.3.4.5/", "url-private"},
		{"http://127.0.0.1/", "url-private"},
		{"http://127。0。0。1/", "url-private"},
		{"http://user@10.1.2.3@192.168.0.1/", "url-private"},
		{"http://hooks.example.com@169.254.169.254/latest/meta-data/", "url-private"},
		{"http://[::1]/", "url-private"},
		{"http://[::ffff:127.0.0.1]/", "url-private"},
		{"http://[::ffff:7f00:1]/", "url-private"},
		{"http://[fe80::1%25eth0]/", "url-private"},
		{"http://[64:ff9b::10.0.0.1]/", "url-private"},
		{"http://inside.example.com/", "url-private"},
		{"http://both.example.com/", "url-private"},
		{"http://six.example.com/", "url-private"},
	} {
		_, host, err := parseTarget(c.url)
		if err == nil {
			err = s.checkHost(t.Context(), host)
		}
		code := ""
		if err != nil {
			code = switchboard.AsError(err).Code
			if e := switchboard.AsError(err); e.Field != "callbackUrl" || e.Kind != switchboard.Invalid {
				t.Errorf("%q: %v in field %q", c.url, e, e.Field)
			}
		}
		if code != c.code {
			t.Errorf("%q: %v, want %q", c.url, err, c.code)
		}
	}
}

func TestGuardSeesTheDialledAddress(t *testing.T) {
	for _, address := range []string{"127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:80", "10.0.0.1:443", "nonsense", ""} {
		if guard("tcp", address, nil) == nil {
			t.Errorf("%q passes", address)
		}
	}
	if err := guard("tcp4", "8.8.8.8:443", nil); err != nil {
		t.Error(err)
	}
}
