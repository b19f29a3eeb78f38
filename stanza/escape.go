package stanza

// AppendEscaped appends text so that it may stand in character data and in
// attribute values of either quote. Characters that XML cannot hold, and bytes
// that are no UTF-8, become U+FFFD.
func AppendEscaped[T string | []byte](dst []byte, text T) []byte { return dst }

// Escape is AppendEscaped for strings.
func Escape(s string) string { return "" }

// AppendAttr appends ` name='value'` with the value escaped.
func AppendAttr[T string | []byte](dst []byte, name string, value T) []byte { return dst }
