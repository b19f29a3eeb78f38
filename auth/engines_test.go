package auth_test

import (
	"os"
	"testing"

	"switchboard/auth"
	"switchboard/boardtest"
)

func TestMain(m *testing.M) { os.Exit(boardtest.Main(m)) }

// both runs a test body on both engines.
func both(t *testing.T, body func(t *testing.T, e *env), change ...func(*auth.Options)) {
	t.Run("sqlite", func(t *testing.T) { body(t, newEnv(t, "", change...)) })
	t.Run("postgres", func(t *testing.T) { body(t, newEnv(t, boardtest.Postgres(t), change...)) })
}

// embedded runs a test body on the embedded engine: for what both asks of
// PostgreSQL elsewhere already.
func embedded(t *testing.T, body func(t *testing.T, e *env), change ...func(*auth.Options)) {
	body(t, newEnv(t, "", change...))
}
