// Package node is the composition: it builds the rooms from a Config, starts
// them bottom-up and stops them top-down.
//
// It is also what the commands beside serve use: Open gives the rooms without
// listeners, for work on a store that a running server may use at the same time.
package node
