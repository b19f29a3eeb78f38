// Package ui embeds the builds of the console, the widget, the demo pages and
// the API portal.
//
// Their sources are one npm workspace in this directory: theme (design tokens),
// sdk (the JavaScript SDK), widget, console, demo and portal. `npm run build`
// leaves the builds in dist, which is not kept in the repository: without it
// the package still compiles and serves a page that says what to run.
package ui
