// Package config: configuration: struct, defaults, checks, documentation generated from it.
//
// Nothing is required: Defaults works as it is. Load puts a TOML file, the
// environment and the command line's settings on top, each winning over the
// one before, and Document prints every setting with its explanation and its
// default as a TOML file that Load accepts.
//
// A setting is added in one place: a field of Config, or of one of its
// sections, with its tags: toml (the key), doc (the explanation), and, where
// they help, example and secret.
package config
