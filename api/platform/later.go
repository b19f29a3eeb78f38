package platform

import (
	"net/http"

	"switchboard"
	"switchboard/web"
)

// errLater is the answer at paths that the dialect has by its documentation
// and this server does not serve yet. It is the same as for any other path
// that is not there.
var errLater = switchboard.E(switchboard.NotFound, codeNoPath, "this is not offered yet")

// notYet are those paths. They are named so that no variable takes them: GET
// /group/jobs is not a group called jobs.
var notYet = []struct{ method, path string }{
	{"POST", "/chat/deletemessage"},
	{"POST", "/chat/archive"},
	{"GET", "/chat/archived"},
	{"POST", "/chat/topic/create"},
	{"GET", "/chat/topics"},
	{"GET", "/chat/topics/all"},
	{"GET", "/chat/topic/recent"},
	{"GET", "/chat/admin/recent"},
	{"GET", "/chat/admin/history"},
	{"GET", "/chat/admin/chatlogs/recent"},
	{"GET", "/chat/admin/chatlogs/conversation"},
	{"POST", "/group/group"},
	{"PUT", "/group/group"},
	{"PUT", "/group/addParticipant"},
	{"GET", "/group/removeParticipant"},
	{"POST", "/group/make/admin"},
	{"GET", "/group/groupList"},
	{"GET", "/group/groupDetails"},
	{"GET", "/group/view/groupMembers"},
	{"DELETE", "/group/deleteGroup"},
	{"DELETE", "/group/jobs"},
	{"GET", "/group/jobs"},
	{"POST", "/chat/download/request"},
	{"GET", "/chat/download/status"},
	{"GET", "/chat/download"},
	{"GET", "/chat/migration/status"},
}

func (a *API) later() {
	for _, op := range notYet {
		web.HandleHTTP(a.rest, web.Op{Method: op.method, Path: op.path, Hidden: true, Summary: "(not offered yet)"},
			func(http.ResponseWriter, *http.Request, switchboard.Principal) error { return errLater })
	}
}
