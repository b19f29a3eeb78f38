package ui

import (
	"embed"
	"io/fs"
)

// dist holds the builds; only its placeholder is sure to exist.
//
//go:embed all:dist
var dist embed.FS

// unbuilt stands in for each part that has not been built.
//
//go:embed unbuilt
var unbuilt embed.FS

// Console is the operators' and administrators' application: an SPA below /console/.
func Console() fs.FS { return part("console", "index.html") }

// Widget is the loader widget.js and what it loads on opening, below /widget/.
func Widget() fs.FS { return part("widget", "widget.js") }

// Demo is the demo chat (index.html) and the demo shop (shop/index.html), below /demo/.
func Demo() fs.FS { return part("demo", "index.html") }

// Portal is the API portal, below /api/.
func Portal() fs.FS { return part("portal", "index.html") }

// Built reports whether every part was built before this binary was.
func Built() bool {
	for name, entry := range map[string]string{"console": "index.html", "widget": "widget.js", "demo": "index.html", "portal": "index.html"} {
		if !exists(name, entry) {
			return false
		}
	}
	return true
}

func part(name, entry string) fs.FS {
	if exists(name, entry) {
		return sub(dist, "dist/"+name)
	}
	return sub(unbuilt, "unbuilt")
}

func exists(name, entry string) bool {
	_, err := fs.Stat(dist, "dist/"+name+"/"+entry)
	return err == nil
}

func sub(fsys fs.FS, dir string) fs.FS {
	s, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err) // only for a malformed path, and ours are constants
	}
	return s
}
