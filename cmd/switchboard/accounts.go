package main

import (
	"bufio"
	"crypto/rand"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"switchboard/node"
)

// open opens the store for a command. The server may be running on it.
func (a *app) open() (*node.Rooms, error) {
	c, err := a.config(nil)
	if err != nil {
		return nil, err
	}
	c.Cluster.Embed = false // a command only writes; the running nodes see it in the ledger
	return node.Open(a, c, node.Options{Log: a.logger(c), Version: versionText()})
}

type accountCmd struct {
	Add    accountAddCmd    `cmd:"" help:"Add an account; a password is made and printed unless one is given."`
	Import accountImportCmd `cmd:"" help:"Add the accounts of a CSV file with the columns name, password, role."`
}

type accountAddCmd struct {
	Name          string `arg:"" help:"The account's identifier."`
	Role          string `default:"user" enum:"admin,operator,user" help:"admin, operator or user."`
	DisplayName   string `help:"The name that others see."`
	PasswordStdin bool   `help:"Read the password from the first line of standard input."`
}

func (cmd *accountAddCmd) Run(a *app) error {
	var password string
	var made bool
	if cmd.PasswordStdin {
		line, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if password = strings.TrimRight(line, "\r\n"); password == "" {
			return errors.New("no password on standard input")
		}
	} else {
		password, made = rand.Text(), true
	}
	rooms, err := a.open()
	if err != nil {
		return err
	}
	defer rooms.Close()
	address, err := rooms.AddAccount(a, node.NewAccount{Name: cmd.Name, DisplayName: cmd.DisplayName, Password: password, Role: cmd.Role})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "added %s (%s)\n", address, cmd.Role)
	if made {
		fmt.Fprintf(a.stdout, "password: %s\n", password)
	}
	return nil
}

type accountImportCmd struct {
	File string `arg:"" help:"CSV file; - is standard input."`
}

func (cmd *accountImportCmd) Run(a *app) error {
	in := a.stdin
	if cmd.File != "-" {
		f, err := os.Open(cmd.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	rows, lines, err := readRows(in)
	if err != nil {
		return err
	}
	rooms, err := a.open()
	if err != nil {
		return err
	}
	defer rooms.Close()
	show := terminal(a.stderr)
	refused, err := rooms.Import(a, rows, func(done int) {
		if show {
			fmt.Fprintf(a.stderr, "\r%d of %d", done, len(rows))
		}
	})
	if show {
		fmt.Fprintln(a.stderr)
	}
	for _, r := range refused {
		fmt.Fprintf(a.stderr, "line %d (%s): %v\n", lines[r.Row], rows[r.Row].Name, r.Err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "imported %d of %d accounts\n", len(rows)-len(refused), len(rows))
	if len(refused) > 0 {
		return fmt.Errorf("%d rows were refused", len(refused))
	}
	return nil
}

// readRows reads a CSV file whose first line names its columns, and the line
// number of each row.
func readRows(in io.Reader) (rows []node.ImportRow, lines []int, err error) {
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	header, err := r.Read()
	if err != nil {
		return nil, nil, fmt.Errorf("the first line must name the columns name, password, role: %w", err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	if _, ok := column["name"]; !ok {
		return nil, nil, errors.New("the first line must name the columns name, password, role")
	}
	cell := func(record []string, name string) string {
		if i, ok := column[name]; ok && i < len(record) {
			return record[i]
		}
		return ""
	}
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows, lines, nil
		}
		if err != nil {
			return nil, nil, err
		}
		line, _ := r.FieldPos(0)
		rows = append(rows, node.ImportRow{Name: cell(record, "name"), Password: cell(record, "password"), Role: cell(record, "role")})
		lines = append(lines, line)
	}
}

type keyCmd struct {
	Add keyAddCmd `cmd:"" help:"Add an API key and print it as JSON; the secret is not shown again."`
}

type keyAddCmd struct {
	Name  string   `arg:"" help:"What the key is for."`
	Scope []string `required:"" help:"A permission, or all; may be repeated."`
}

func (cmd *keyAddCmd) Run(a *app) error {
	rooms, err := a.open()
	if err != nil {
		return err
	}
	defer rooms.Close()
	key, secret, err := rooms.AddKey(a, cmd.Name, cmd.Scope)
	if err != nil {
		return err
	}
	return json.NewEncoder(a.stdout).Encode(struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}{key.ClientID, secret})
}
