//go:build !man

package main

import "github.com/spf13/cobra"

// withMan adds nothing: man pages are written when packages are built.
func withMan(root *cobra.Command) *cobra.Command { return root }
