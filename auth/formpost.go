package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
)

// field is a hidden field of a form.
type field struct{ Name, Value string }

// submitScript sends the page's only form. Without scripts the person presses the button.
const submitScript = "document.forms[0].submit()"

var submitHash = func() string {
	h := sha256.Sum256([]byte(submitScript))
	return base64.StdEncoding.EncodeToString(h[:])
}()

// showFormPost carries an answer to the client in a form, so that it is in no
// address (OAuth 2.0 Form Post Response Mode §2).
func (s *Service) showFormPost(w http.ResponseWriter, r *http.Request, to string, answer url.Values) {
	u, err := url.Parse(to)
	if err != nil {
		s.showError(w, r, http.StatusBadRequest, "trouble")
		return
	}
	p := s.newPage(r, "sign-in")
	p.Action, p.Where, p.Back, p.Script = to, u.Host, "", template.JS(submitScript)
	for name, values := range answer {
		p.Fields = append(p.Fields, field{name, values[0]})
	}
	slices.SortFunc(p.Fields, func(a, b field) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	s.show(w, r, http.StatusOK, "form-post", p, u.Scheme+"://"+u.Host)
}
