package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"switchboard/config"
)

// cli is the command line. It is stable: scripts use it.
type cli struct {
	Config   string            `short:"c" help:"TOML file (see the command config)." placeholder:"FILE"`
	Data     string            `help:"Directory of the embedded store, keys and certificates." placeholder:"DIR"`
	Domain   string            `help:"XMPP domain of the first tenant." placeholder:"NAME"`
	Database string            `help:"PostgreSQL URL; without it SQLite in the data directory." placeholder:"URL"`
	Set      map[string]string `help:"Any setting of the configuration, as in log.level=debug." placeholder:"KEY=VALUE"`

	Serve   serveCmd   `cmd:"" help:"Run the server."`
	Account accountCmd `cmd:"" help:"Add and import accounts."`
	Key     keyCmd     `cmd:"" help:"Add API keys."`
	Backup  backupCmd  `cmd:"" help:"Copy the embedded store into a file, while the server runs or not; uploaded files are copied apart."`
	Restore restoreCmd `cmd:"" help:"Bring a backup back into an empty data directory."`
	Doctor  doctorCmd  `cmd:"" help:"Check the configuration, the store, its numbering and that no uploaded file is missing."`
	Print   printCmd   `cmd:"" name:"config" help:"Print every setting with its default, as a TOML file."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// app is what commands are given.
type app struct {
	context.Context
	cli    *cli
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks a second time does not want to wait
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "switchboard:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (err error) {
	c := &cli{}
	exited := false
	parser, err := kong.New(c, kong.Name("switchboard"), kong.Description("Chat platform and contact centre in one binary."),
		kong.Writers(stdout, stderr), kong.UsageOnError(), kong.Exit(func(int) { exited = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if exited {
		return nil
	}
	if err != nil {
		return err
	}
	return command.Run(&app{Context: ctx, cli: c, stdin: stdin, stdout: stdout, stderr: stderr})
}

// config loads the configuration: flags over environment over file over defaults.
func (a *app) config(more map[string]string) (config.Config, error) {
	overrides := map[string]string{}
	for k, v := range a.cli.Set {
		overrides[k] = v
	}
	for k, v := range map[string]string{"data": a.cli.Data, "domain": a.cli.Domain, "database": a.cli.Database} {
		if v != "" {
			overrides[k] = v
		}
	}
	for k, v := range more {
		if v != "" {
			overrides[k] = v
		}
	}
	return config.Load(a.cli.Config, os.Environ(), overrides)
}

// logger writes to standard error: text for a terminal, JSON otherwise.
func (a *app) logger(c config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	// Libraries write to the default logger; of what they do only trouble is news.
	slog.SetDefault(a.loggerFrom(c, max(level, slog.LevelWarn)))
	return a.loggerFrom(c, level)
}

func (a *app) loggerFrom(c config.Config, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "text" || (c.Log.Format == "auto" && terminal(a.stderr)) {
		return slog.New(slog.NewTextHandler(a.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(a.stderr, o))
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// version is set at build time by -ldflags "-X main.version=…".
var version = ""

// versionText is the released version, or what the build knows of its source.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return "dev-" + s.Value[:12]
			}
		}
	}
	return "dev"
}

type versionCmd struct{}

func (*versionCmd) Run(a *app) error {
	fmt.Fprintln(a.stdout, "switchboard", strings.TrimSpace(versionText()))
	return nil
}

type printCmd struct{}

func (*printCmd) Run(a *app) error {
	fmt.Fprint(a.stdout, config.Document())
	return nil
}
