package auth

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/go-jose/go-jose/v4"

	"switchboard"
)

func accountText(id switchboard.AccountID) string { return strconv.FormatInt(int64(id), 10) }

func (c idClaims) account() switchboard.AccountID {
	id, _ := strconv.ParseInt(c.Subject, 10, 64)
	return switchboard.AccountID(id)
}

// idTokenHint reads an ID token that comes back as a hint. It may have expired
// (OpenID Connect RP-Initiated Logout §2), but it must be ours.
func (s *Service) idTokenHint(ctx context.Context, token string) (c idClaims, ok bool) {
	if token == "" || len(token) > maxToken {
		return c, false
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil || len(signed.Signatures) != 1 {
		return c, false
	}
	key, err := s.publicKey(ctx, signed.Signatures[0].Protected.KeyID)
	if err != nil || key == nil {
		return c, false
	}
	payload, err := signed.Verify(key)
	if err != nil || json.Unmarshal(payload, &c) != nil || !s.issuedHere(ctx, c.Issuer) {
		return idClaims{}, false
	}
	if publicClients[c.Audience] == nil { // an access token is no ID token
		return idClaims{}, false
	}
	return c, true
}
