package public

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"switchboard"
	"switchboard/auth"
	"switchboard/web"
)

const (
	importBody  = 16 << 20
	importChunk = 50          // rows between two lines of progress
	importPause = time.Minute // for a client that reads nothing
)

// importProgress is one line of an import's answer.
type importProgress struct {
	Done    int         `json:"done" doc:"Rows that were looked at"`
	Total   int         `json:"total"`
	Made    int         `json:"made" doc:"Accounts that were made"`
	Refused []importRow `json:"refused" doc:"Rows that were refused since the last line"`
	Error   string      `json:"error,omitempty" doc:"Why the import ended early; nothing follows"`
}

type importRow struct {
	Row   int    `json:"row" doc:"Its line in the file"`
	Name  string `json:"name"`
	Error string `json:"error"`
}

func (a *API) imports() {
	web.HandleHTTP(a.rest, web.Op{Method: "POST", Path: "/Accounts/import", Tag: "Accounts", Scope: switchboard.ScopeUsersWrite, Admin: true,
		MaxBody: importBody, Produces: "application/x-ndjson", Summary: "Make many accounts from a CSV file",
		Description: "The body is the file. Its first line names the columns: `name` and `password`, and if wanted `role` (user, operator or admin), " +
			"`displayName` and `email`; they are separated by commas, semicolons or tabs. The answer is one JSON object a line, as the import " +
			"goes on: `{done, total, made, refused: [{row, name, error}]}`. Rows that cannot be taken do not keep the others from being taken."},
		a.importAccounts)
}

func (a *API) importAccounts(w http.ResponseWriter, r *http.Request, p switchboard.Principal) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return switchboard.Ef(switchboard.TooLarge, "file-too-large", "the file is larger than %d MB", importBody>>20)
		}
		return web.BadField("file", "the file did not arrive").Because(err)
	}
	rows, err := readImport(text)
	if err != nil {
		return err
	}
	out := ndjson{w, http.NewResponseController(w)}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold the progress back
	state := importProgress{Total: len(rows), Refused: []importRow{}}
	for out.send(state) && state.Done < state.Total {
		if err := a.importSome(r, p, rows, &state); err != nil {
			state.Error = switchboard.AsError(err).Message
			out.send(state)
			return err // for the log
		}
	}
	return nil
}

// importSome takes the next rows of an import and brings its state forward.
func (a *API) importSome(r *http.Request, p switchboard.Principal, rows []importLine, state *importProgress) error {
	part := rows[state.Done:min(state.Done+importChunk, len(rows))]
	state.Refused = []importRow{}
	var good []auth.ImportRow
	var lines []importLine
	for _, l := range part {
		if l.err != nil {
			state.Refused = append(state.Refused, l.refused(l.err))
			continue
		}
		good, lines = append(good, l.ImportRow), append(lines, l)
	}
	refused, err := a.Auth.BulkImport(r.Context(), p, good, nil)
	if err != nil {
		return err
	}
	for _, one := range refused {
		state.Refused = append(state.Refused, lines[one.Row].refused(one.Err))
	}
	state.Made += len(good) - len(refused)
	state.Done += len(part)
	return nil
}

// importLine is a row of the file, or why it is none.
type importLine struct {
	auth.ImportRow
	line int
	err  error
}

func (l importLine) refused(err error) importRow {
	return importRow{l.line, l.Name, switchboard.AsError(err).Message}
}

// readImport reads a CSV file (RFC 4180) whose first line names its columns.
func readImport(text []byte) ([]importLine, error) {
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 { // names would become something else
		return nil, web.BadField("file", "the file must be UTF-8 text; a spreadsheet saves it as \"CSV UTF-8\"")
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comma = -1, true, separator(text)
	header, err := r.Read()
	column := map[string]int{}
	for i, name := range header {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	_, named := column["name"]
	_, secret := column["password"]
	if err != nil || !named || !secret {
		return nil, web.BadField("file", "the first line must name the columns name and password, and if wanted role, displayName and email")
	}
	var rows []importLine
	for {
		record, err := r.Read()
		if err == io.EOF {
			break
		}
		rows = append(rows, readLine(r, column, record, err))
	}
	if len(rows) == 0 {
		return nil, web.BadField("file", "there are no rows below the names of the columns")
	}
	return rows, nil
}

func readLine(r *csv.Reader, column map[string]int, record []string, err error) importLine {
	if err != nil {
		l := importLine{err: web.BadField("file", "the quotes in this line do not match")}
		if where := new(csv.ParseError); errors.As(err, &where) {
			l.line = where.StartLine
		}
		return l
	}
	cell := func(name string) string {
		if i, ok := column[name]; ok && i < len(record) {
			return record[i]
		}
		return ""
	}
	line, _ := r.FieldPos(0)
	return importLine{line: line, ImportRow: auth.ImportRow{Name: strings.TrimSpace(cell("name")), Password: cell("password"),
		Role:    strings.ToLower(strings.TrimSpace(cell("role"))),
		Profile: auth.Profile{Name: strings.TrimSpace(cell("displayname")), Email: strings.TrimSpace(cell("email"))}}}
}

// separator is the one that the first line has most of: what spreadsheets
// write depends on the country.
func separator(text []byte) rune {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(first, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// ndjson writes one JSON object a line, each at once.
type ndjson struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// send reports whether somebody is still there to read.
func (n ndjson) send(v any) bool {
	_ = n.control.SetWriteDeadline(time.Now().Add(importPause))
	return json.NewEncoder(n.w).Encode(v) == nil && n.control.Flush() == nil
}
