package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"switchboard"
	"switchboard/store"
)

const (
	maxAnswer = 16 << 10 // bytes of an answer that are read, so that the connection can be used again
	maxShown  = 500      // bytes of it that are kept
)

// outcome is what became of an attempt.
type outcome struct {
	ok     bool
	gone   bool   // 410: the receiver wants no more of this; it is not asked again
	status int    // 0 where there was no answer
	answer string // how it began, or what went wrong
}

// attempt sends a delivery once.
func (s *Service) attempt(ctx context.Context, w store.Webhook, d store.Delivery) outcome {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	req, err := s.request(ctx, w, d)
	if err != nil {
		return outcome{answer: "the request cannot be made"}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return outcome{answer: s.describe(err)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	o := outcome{ok: resp.StatusCode/100 == 2, gone: resp.StatusCode == http.StatusGone, status: resp.StatusCode, answer: shown(body)}
	switch {
	case o.ok: // the status is the acknowledgement, whatever becomes of the body
	case err != nil:
		o.answer = s.describe(err)
	case resp.StatusCode/100 == 3:
		o.answer = "redirects are not followed: register the URL that they lead to"
	}
	return o
}

// request signs a delivery as Standard Webhooks 1.0 says: the id stays the
// same in every attempt, the timestamp is the attempt's.
func (s *Service) request(ctx context.Context, w store.Webhook, d store.Delivery) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhook(w.Secret)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	signature, err := signer.Sign(d.Message, now, []byte(d.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Switchboard-Webhook/1.0")
	req.Header.Set(standardwebhooks.HeaderWebhookID, d.Message)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	if w.Username != "" || w.Password != "" {
		req.SetBasicAuth(w.Username, w.Password)
	}
	return req, nil
}

func newClient(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// describe says what went wrong without the URL, which may hold a secret in
// its query.
func (s *Service) describe(err error) string {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	if e, ok := errors.AsType[*switchboard.Error](err); ok {
		return e.Message
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %v", s.Timeout)
	}
	return shown([]byte(err.Error()))
}

// shown is the beginning of a text as it may be stored and shown.
func shown(b []byte) string {
	if len(b) > maxShown {
		b = b[:maxShown]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), ""))
}

// verdict is a delivery after an attempt.
func (s *Service) verdict(d store.Delivery, o outcome, now time.Time) store.Delivery {
	d.Attempts++
	d.Status, d.Answer = o.status, o.answer
	switch {
	case o.ok:
		d.State, d.Finished = store.DeliveryDelivered, now
	case o.gone || d.Attempts > len(s.Retries):
		d.State, d.Finished = store.DeliveryFailed, now
	default:
		d.Due = now.Add(s.Retries[d.Attempts-1])
	}
	return d
}
