package auth

import (
	"net/http"
	"net/url"

	"switchboard"
)

// showDevice asks for the code that a device shows or, with a code, whether
// that device may be signed in (RFC 8628 §3.3). A code in the address counts no
// more than a typed one: the person still compares and decides.
func (s *Service) showDevice(w http.ResponseWriter, r *http.Request, status int, message string) {
	b, ok := s.session(r.Context(), r.Header)
	if !ok {
		http.Redirect(w, r, loginAddress(localAddress(r.URL.RequestURI(), devicePath), ""), http.StatusSeeOther)
		return
	}
	p := s.newPage(r, "device")
	p.Action, p.Signed = devicePath, b.principal.Bare().String()
	p.Code = r.FormValue("user_code")
	if len(p.Code) > 64 {
		p.Code = ""
	}
	if message != "" {
		p.Error = p.T(message)
	}
	if p.Code == "" || message != "" {
		s.showForm(w, r, status, "device-code", p)
		return
	}
	ask, err := s.DeviceRequest(r.Context(), b.principal, p.Code)
	if err != nil {
		status, message := deviceTrouble(err)
		p.Error = p.T(message)
		s.showForm(w, r, status, "device-code", p)
		return
	}
	p.Ask, p.Code, p.AskedAt = &ask, ask.UserCode, ask.Asked.UTC().Format("2006-01-02 15:04:05 UTC")
	p.Title = p.T("device-ask")
	s.showForm(w, r, status, "device", p)
}

func deviceTrouble(err error) (status int, message string) {
	switch e := switchboard.AsError(err); e.Code {
	case errUserCode.Code:
		return http.StatusNotFound, "device-unknown"
	case errUserCodeThrottled.Code:
		return http.StatusTooManyRequests, "device-throttled"
	case errDeviceAccount.Code, "scope-missing":
		return http.StatusForbidden, "device-account"
	}
	return trouble(err)
}

func (s *Service) postDevice(w http.ResponseWriter, r *http.Request) {
	code := r.PostFormValue("user_code")
	b, ok := s.session(r.Context(), r.Header)
	if !ok {
		back := devicePath + "?" + url.Values{"user_code": {code[:min(len(code), 64)]}}.Encode()
		http.Redirect(w, r, loginAddress(back, ""), http.StatusSeeOther)
		return
	}
	decision := r.PostFormValue("decision")
	if decision != "allow" && decision != "deny" {
		s.showDevice(w, r, http.StatusBadRequest, "stale")
		return
	}
	if err := s.AnswerDevice(r.Context(), b.principal, code, decision == "allow"); err != nil {
		status, message := deviceTrouble(err)
		if status >= 500 {
			s.log.Error("auth: device screen", "error", err)
		}
		s.showDevice(w, r, status, message)
		return
	}
	title, words := "device-allowed", "device-allowed-text"
	if decision == "deny" {
		title, words = "device-refused", "device-refused-text"
	}
	p := s.newPage(r, title)
	p.Answered = p.T(words)
	s.show(w, r, http.StatusOK, "device-done", p)
}
