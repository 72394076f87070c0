// Package sandbox is an in-memory Clerk behind its real HTTP API.
package sandbox
