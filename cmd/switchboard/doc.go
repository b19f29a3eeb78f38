// Command switchboard is the binary: serve, account, key, backup, restore,
// doctor and config.
package main
