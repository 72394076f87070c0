package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/source"
	"rollcall/sync/policy"
)

// Answers are what a first configuration says. Secrets are named, never held:
// by a variable of the environment or by a file.
type Answers struct {
	KeyEnv, KeyFile, APIURL string
	// Kind is csv or ldap.
	Kind string
	CSV  CSV
	LDAP LDAP
	// Rules are GROUP=ORGANIZATION,ROLE on the command line.
	Rules    []Rule
	Domains  []string
	Removals string
	// Canaries are suggestions, which the file has as a comment (S13).
	CanaryPeople, CanaryGroups []string
}

// Rule gives the members of a group a role in an organization.
type Rule struct{ Group, Organization, Role string }

// ParseRule reads GROUP=ORGANIZATION,ROLE. A DN holds equals signs and commas,
// so the last of each counts.
func ParseRule(text string) (Rule, error) {
	comma := strings.LastIndexByte(text, ',')
	if comma < 0 {
		return Rule{}, fmt.Errorf("%q is not in the form GROUP=ORGANIZATION,ROLE", text)
	}
	equals := strings.LastIndexByte(text[:comma], '=')
	if equals <= 0 {
		return Rule{}, fmt.Errorf("%q is not in the form GROUP=ORGANIZATION,ROLE", text)
	}
	return Rule{text[:equals], text[equals+1 : comma], text[comma+1:]}, nil
}

// setup is one dialogue on its way to a file.
type setup struct {
	*Dialogue
	answers Answers
	lookup  func(string) (string, bool)
	clerk   *clerkapi.Client
	asked   clerkapi.Instance // as far as key and address tell
	found   *source.Snapshot
	// organizations and roles are those of Clerk, read once.
	organizations []clerkapi.Organization
	roles         []string
}

// Ask completes the answers, and tries them. It does not ask for answers that the
// command line has given.
func Ask(ctx context.Context, d *Dialogue, given Answers, lookup func(string) (string, bool)) (Answers, error) {
	s := &setup{Dialogue: d, answers: given, lookup: lookup}
	defer func() {
		if s.clerk != nil {
			s.clerk.Close()
		}
	}()
	for _, step := range []func(context.Context) error{s.askClerk, s.askSource, s.askRules, s.askDomains, s.askRemovals} {
		if err := step(ctx); err != nil {
			return s.answers, err
		}
	}
	return s.answers, nil
}

// askClerk asks where the key is, and reads the instance with it.
func (s *setup) askClerk(ctx context.Context) error {
	given := s.answers.KeyFile + s.answers.KeyEnv
	return s.askUntil(ctx, func(first bool) error {
		if given == "" || !first {
			place, err := s.ask(ctx, "Where is the Clerk secret key? Name an environment variable or a file", "CLERK_SECRET_KEY")
			if err != nil {
				return err
			}
			s.answers.KeyEnv, s.answers.KeyFile = place, ""
			if _, err := os.Stat(place); err == nil || strings.ContainsRune(place, os.PathSeparator) {
				s.answers.KeyEnv, s.answers.KeyFile = "", place
			}
		}
		return s.reachClerk(ctx)
	})
}

// reachClerk tries the key. If Clerk does not answer, another key would not help:
// it tries again when the admin wants that.
func (s *setup) reachClerk(ctx context.Context) error {
	for {
		err := s.tryClerk(ctx)
		if err == nil || config.KeyRefused(err) || !s.Interactive {
			return err
		}
		s.printProblem(err)
		if _, err := s.ask(ctx, "Press Enter to try again, or Ctrl-C to stop; nothing is written", ""); err != nil {
			return err
		}
	}
}

func (s *setup) tryClerk(ctx context.Context) error {
	a := &s.answers
	if strings.HasPrefix(a.KeyEnv, "sk_") {
		a.KeyEnv = ""
		return errors.New("this is the key itself: put it into an environment variable or a file, and enter its name")
	}
	key, _ := s.lookup(a.KeyEnv)
	if a.KeyFile != "" {
		var err error
		if key, err = config.ReadSecret(a.KeyFile); err != nil {
			return fmt.Errorf("read the key: %w", err)
		}
	}
	if key == "" {
		return fmt.Errorf("there is no key: %s is empty or not set", a.KeyEnv+a.KeyFile)
	}
	asked := clerkapi.Config{SecretKeyEnv: a.KeyEnv, SecretKeyFile: a.KeyFile, SecretKey: clerkapi.NewSecret(key), APIURL: a.APIURL}
	s.asked = config.InstanceOf(asked)
	client, err := clerkapi.New(asked)
	if err != nil {
		return err
	}
	instance, err := client.Instance(ctx)
	if err != nil {
		client.Close()
		return s.advised(err)
	}
	s.clerk = client
	s.print("ok: Clerk answers as the %s", instance)
	return nil
}

// advised adds what to look at when Clerk cannot be read.
func (s *setup) advised(err error) error {
	at := config.PlacesOf(clerkapi.Config{SecretKeyEnv: s.answers.KeyEnv, SecretKeyFile: s.answers.KeyFile})
	at.Instance = s.asked
	at.URL = fmt.Sprintf("--api-url (%s)", cmp.Or(s.answers.APIURL, clerkapi.DefaultAPIURL))
	return config.Advise(err, at)
}

// askDomains asks for the domains that invitations may reach (S07), and
// suggests those that the people have.
func (s *setup) askDomains(ctx context.Context) error {
	if s.answers.Domains != nil { // an empty list is an answer too
		return nil
	}
	answer, err := s.ask(ctx, "Which email domains do your people have? (separated by commas)", strings.Join(commonDomains(s.found.People), ", "))
	for d := range strings.SplitSeq(answer, ",") {
		if d = strings.TrimSpace(d); d != "" {
			s.answers.Domains = append(s.answers.Domains, d)
		}
	}
	return err
}

// askRemovals has no default but the one that takes nothing away.
func (s *setup) askRemovals(ctx context.Context) error {
	given := s.answers.Removals
	return s.askUntil(ctx, func(first bool) error {
		if given == "" || !first {
			s.print("What may rollcall remove? none: nothing, good for the first week; managed: only members that it added; all: every member without a rule.")
			var err error
			if s.answers.Removals, err = s.ask(ctx, "removals", string(policy.RemovalsNone)); err != nil {
				return err
			}
		}
		switch policy.Removals(s.answers.Removals) {
		case policy.RemovalsNone, policy.RemovalsManaged:
			s.print("note: existing members are not changed unless you set sync.adopt (S26)")
			return nil
		case policy.RemovalsAll:
			return nil
		}
		return fmt.Errorf("%q is not one of none, managed, all", s.answers.Removals)
	})
}
