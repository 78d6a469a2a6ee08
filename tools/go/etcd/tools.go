//go:build tools

// Package tools pins the program that this module builds; it is never compiled itself.
package tools

import _ "go.etcd.io/etcd/server/v3"
