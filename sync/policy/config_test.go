package policy

import (
	"testing"
	"time"

	"rollcall/sync/internal/fake"
)

// The groups of a rule are a list, or a mapping; anything else is refused.
func TestGroupPatternFromYAML(t *testing.T) {
	for _, x := range []struct {
		names []string
		match string
		bad   bool
	}{{names: []string{"a"}}, {match: "a.*"}, {bad: true}} {
		var g GroupPattern
		err := g.UnmarshalYAML(func(into any) error {
			switch p := into.(type) {
			case *[]string:
				if *p = x.names; x.names != nil {
					return nil
				}
			case *struct {
				Match string `yaml:"match"`
				Glob  string `yaml:"glob"`
				Base  string `yaml:"base"`
			}:
				if p.Match = x.match; !x.bad {
					return nil
				}
			}
			return fake.ErrLeftOut
		})
		if (err != nil) != x.bad || g.Match != x.match || len(g.Names) != len(x.names) {
			t.Errorf("%+v gives %+v, %v", x, g, err)
		}
	}
}

// What makes no sense without a history is named by its key (S29).
func TestS29WhatNeedsAHistory(t *testing.T) {
	for want, change := range map[string]func(*Config){"": func(*Config) {}, "sync.grace": func(c *Config) { c.Grace, c.Invitations.ResendAfter = 24*time.Hour, 24*time.Hour },
		"sync.invitations.resend_after": func(c *Config) { c.Invitations.ResendAfter = 24 * time.Hour },
		"leavers":                       func(c *Config) { c.Leavers.EndSessions = true }} {
		c := DefaultConfig()
		c.Invitations.ResendAfter = 0
		change(&c)
		if got := c.NeedsHistory(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
