package webhook

import (
	"slices"
	"strconv"
	"strings"

	"switchboard"
)

// types are the event types of the Public API. Its first nine have numbers
// too, counting from 1, for clients that send enumerations so.
var types = []string{"UserStatusChanged", "SessionCreated", "SessionStarted", "SessionEnded", "SessionForwarded", "SessionOperatorJoined",
	"SessionOperatorLeft", "SessionOperatorConcluded", "SessionCallParamsUpdated",
	"SessionRecordingPostProcessingCompleted", "EmailThreadCreated", "EmailThreadOperatorJoined", "EmailThreadOperatorLeft",
	"EmailThreadForwarded", "GuestIdentityUpdated", "SessionActivityChatMessage", "SessionActivitySharedFile",
	"SessionActivitySharedScreen", "SessionActivityCobrowsingStarted", "SessionActivityCobrowsingStoppedByGuest",
	"SessionActivityScreenSharingFailedByGuest", "SessionActivityFileUploadFailed", "SessionActivityHeroCard",
	"SessionActivityHeroCardSubmission", "SessionActivityChatbotMessage", "SessionActivityCallScript",
	"SessionActivityCallScriptSubmission", "SessionActivityWelcomeMessage", "SessionActivityLastFarewellMessage",
	"SessionActivityPreviewUrl", "SessionActivityExternalMessage", "SessionActivityOnHold", "SessionActivityResumeGuest",
	"SessionActivityChatToMail", "SessionActivityAutoActivity", "SessionActivityAutoActivityAsOperator",
	"SessionActivityChatbotHeroCardSubmission", "SessionActivitySessionEnded", "SessionActivitySessionForwarded",
	"SessionActivityOperatorInvited", "SessionActivityOperatorInviteCanceled", "SessionActivityOperatorInviteRejected",
	"SessionActivityOperatorKicked", "SessionActivityAvRequest", "SessionActivityAvResponse", "SessionActivityAvMediaResult",
	"SessionActivityAvTerminated", "EmailThreadParamsUpdated", "ApplicationSettingChanged"}

const numbered = 9

// Types lists the event types that a webhook may be registered for, in their
// documented order. Those that nothing here makes yet are accepted too: clients
// register for all that they know.
func Types() []string { return slices.Clone(types) }

// parseType finds an event type by its name in any case, or by its number.
func parseType(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.Atoi(s); err == nil {
		if n < 1 || n > numbered {
			return "", false
		}
		return types[n-1], true
	}
	i := slices.IndexFunc(types, func(t string) bool { return strings.EqualFold(t, s) })
	if i < 0 {
		return "", false
	}
	return types[i], true
}

// parseTypes is the list of types of a registration, each once.
func parseTypes(names []string) ([]string, error) {
	var list []string
	for _, name := range names {
		t, ok := parseType(name)
		if !ok {
			return nil, switchboard.E(switchboard.Invalid, "event-type-unknown",
				"must be names of event types, or the numbers 1 to 9").InField("eventTypes")
		}
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return nil, switchboard.E(switchboard.Invalid, "event-types-missing", "name at least one event type").InField("eventTypes")
	}
	return list, nil
}
