package stanza

// SASLCondition is a failure of authentication (RFC 6120 §6.5).
type SASLCondition string

// The defined failures of authentication.
const (
	SASLAborted              SASLCondition = "aborted"
	SASLAccountDisabled      SASLCondition = "account-disabled"
	SASLCredentialsExpired   SASLCondition = "credentials-expired"
	SASLEncryptionRequired   SASLCondition = "encryption-required"
	SASLIncorrectEncoding    SASLCondition = "incorrect-encoding"
	SASLInvalidAuthzid       SASLCondition = "invalid-authzid"
	SASLInvalidMechanism     SASLCondition = "invalid-mechanism"
	SASLMalformedRequest     SASLCondition = "malformed-request"
	SASLMechanismTooWeak     SASLCondition = "mechanism-too-weak"
	SASLNotAuthorized        SASLCondition = "not-authorized"
	SASLTemporaryAuthFailure SASLCondition = "temporary-auth-failure"
)

// AppendSASLFailure appends <failure/> with its condition and an optional text.
func AppendSASLFailure(dst []byte, c SASLCondition, text string) []byte {
	dst = AppendAttr(append(dst, "<failure"...), "xmlns", NSSASL)
	dst = append(append(dst, "><"...), c...)
	dst = append(dst, "/>"...)
	if text != "" {
		dst = append(dst, "<text xml:lang='en'>"...)
		dst = append(AppendEscaped(dst, text), "</text>"...)
	}
	return append(dst, "</failure>"...)
}
