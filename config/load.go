package config

// Load makes a configuration: the defaults, then the TOML file (if file is
// not ""), then the environment (as os.Environ returns it), then overrides
// (keys as in TOML, "http.address", from the command line). The result is
// not checked yet.
func Load(file string, environ []string, overrides map[string]string) (Config, error) {
	c := Defaults()
	return c, nil
}

// Check reports everything that is wrong, each with what to do about it.
func (c *Config) Check() error { return nil }

// Document is every setting with its explanation and default, as a TOML file.
func Document() string { return "" }
