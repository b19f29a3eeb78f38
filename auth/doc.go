// Package auth: who you are: passwords, SCRAM keys, API keys, tokens, OIDC provider, login screen.
//
// Whatever a caller presents (a password, a SCRAM proof, an API key's secret,
// an access token, a browser's cookie), the answer is one switchboard.Principal;
// what that principal may do is decided by the rules of the rooms, not here,
// except for the rules about accounts, devices, keys and tenants themselves.
//
// How secrets are kept:
//
//   - passwords and device credentials as SCRAM StoredKey and ServerKey for
//     SHA-1 and SHA-256, with one salt per account (RFC 5802 §3);
//   - what the server made itself (API key secrets, refresh tokens, codes,
//     browser sessions, set-up links) is random with 128 bits or more, so it is
//     stored as SHA-256 and found by it;
//   - signing keys as PKCS #8 in the database. Whoever reads the database file
//     can sign tokens: the file and its backups must be readable by the server
//     alone (the data directory is made with mode 0700).
//
// Access tokens are JWTs signed with ES256 that live one hour. What can end
// them earlier (an account disabled, a device or token revoked, a password
// changed) is asked of the store, at most every two seconds for each token.
package auth
