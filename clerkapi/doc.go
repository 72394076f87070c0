// Package clerkapi is a thin, typed client of the Clerk Backend API.
package clerkapi
