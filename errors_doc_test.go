package switchboard_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestErrorsDocument finds every code that docs/errors.md names in the sources.
func TestErrorsDocument(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "web/*.go", "auth/*.go", "chat/*.go", "api/platform/*.go", "ui/sdk/src/*.ts", "ui/sdk/src/*/*.ts"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	document, err := os.ReadFile("docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	oauth := map[string]string{"authorization_pending": "ErrAuthorizationPending(", "slow_down": "ErrSlowDown(", "access_denied": "ErrAccessDenied(",
		"expired_token": "ErrExpiredDeviceCode(", "invalid_grant": "ErrInvalidGrant("}
	codes := regexp.MustCompile("`([a-z]+(?:[-_][a-z]+)+|blocked|cancelled|unreachable)`").FindAllStringSubmatch(string(document), -1)
	if len(codes) < 60 {
		t.Error("only", len(codes), "codes")
	}
	for _, m := range codes {
		code := m[1]
		if library, ok := oauth[code]; ok {
			if !strings.Contains(source.String(), library) {
				t.Errorf("%s is not answered", code)
			}
			continue
		}
		if !strings.Contains(source.String(), `"`+code+`"`) && !strings.Contains(source.String(), `'`+code+`'`) {
			t.Errorf("%s is in no source", code)
		}
	}
}
