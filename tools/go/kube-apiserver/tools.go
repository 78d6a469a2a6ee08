//go:build tools

// Package tools pins the program that this module builds; it is never compiled itself.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
