//go:build tools

// Package tools pins the program that this module builds; it is never compiled itself.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go"
