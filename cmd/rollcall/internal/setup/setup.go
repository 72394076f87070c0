package setup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"rollcall/clerkapi"
	"rollcall/cmd/rollcall/internal/config"
	"rollcall/cmd/rollcall/internal/report"
	"rollcall/source"
	"rollcall/sync"
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
		return Rule{}, fmt.Errorf("%q is no GROUP=ORGANIZATION,ROLE", text)
	}
	equals := strings.LastIndexByte(text[:comma], '=')
	if equals <= 0 {
		return Rule{}, fmt.Errorf("%q is no GROUP=ORGANIZATION,ROLE", text)
	}
	return Rule{text[:equals], text[equals+1 : comma], text[comma+1:]}, nil
}

// setup is one dialogue on its way to a file.
type setup struct {
	*Dialogue
	answers Answers
	lookup  func(string) (string, bool)
	clerk   *clerkapi.Client
	found   *source.Snapshot
}

// Ask completes the answers, and tries what they say. What the command line
// has answered is not asked.
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
	return s.until(ctx, func(first bool) error {
		if given == "" || !first {
			place, err := s.ask(ctx, "Where is Clerk's secret key? A variable's name, or a file", "CLERK_SECRET_KEY")
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

// reachClerk tries the key. Where Clerk is what does not answer, another key
// would not help: it tries again when told to.
func (s *setup) reachClerk(ctx context.Context) error {
	for {
		err := s.tryClerk(ctx)
		if err == nil || config.KeyRefused(err) || !s.Interactive {
			return err
		}
		s.say("PROBLEM: %v", err)
		if _, err := s.ask(ctx, "Press Enter to try again, or Ctrl-C to stop; nothing is written", ""); err != nil {
			return err
		}
	}
}

func (s *setup) tryClerk(ctx context.Context) error {
	a := &s.answers
	if strings.HasPrefix(a.KeyEnv, "sk_") {
		a.KeyEnv = ""
		return errors.New("that is the key itself: put it into a variable or a file, and say which")
	}
	key, _ := s.lookup(a.KeyEnv)
	if a.KeyFile != "" {
		data, err := os.ReadFile(a.KeyFile)
		if err != nil {
			return fmt.Errorf("read the key: %w", err)
		}
		key = strings.TrimRight(string(data), "\r\n")
	}
	if key == "" {
		return fmt.Errorf("no key is there: %s is empty or not set", a.KeyEnv+a.KeyFile)
	}
	client, err := clerkapi.New(clerkapi.Config{SecretKeyEnv: a.KeyEnv, SecretKeyFile: a.KeyFile, SecretKey: clerkapi.NewSecret(key), APIURL: a.APIURL})
	if err != nil {
		return err
	}
	instance, err := client.Instance(ctx)
	if err != nil {
		client.Close()
		return s.advised(err)
	}
	s.clerk = client
	s.say("ok: Clerk answers as instance %s (%s)", instance.ID, instance.Environment)
	return nil
}

// advised adds what to look at when Clerk cannot be read.
func (s *setup) advised(err error) error {
	at := config.PlacesOf(clerkapi.Config{SecretKeyEnv: s.answers.KeyEnv, SecretKeyFile: s.answers.KeyFile})
	at.URL = fmt.Sprintf("--api-url (%s)", cmp.Or(s.answers.APIURL, clerkapi.DefaultAPIURL))
	return config.Advise(err, at)
}

// askRules asks what groups mean, until there is no more. A membership form
// needs no rules.
func (s *setup) askRules(ctx context.Context) error {
	if len(s.found.Rows) > 0 {
		return nil
	}
	s.sayGroups()
	for i := range s.answers.Rules {
		if err := s.tryRule(ctx, &s.answers.Rules[i]); err != nil {
			return err
		}
	}
	for len(s.answers.Rules) == 0 || s.Interactive {
		r, err := s.askRule(ctx)
		if err != nil {
			return err
		}
		if r.Group == "" && (len(s.answers.Rules) > 0 || !s.Interactive) {
			break
		}
		if r.Group == "" {
			s.say("PROBLEM: %v", errNoRule)
			continue
		}
		if err := s.tryRule(ctx, &r); err != nil {
			s.say("PROBLEM: %v", err)
			continue
		}
		s.answers.Rules = append(s.answers.Rules, r)
	}
	if len(s.answers.Rules) == 0 {
		return errNoRule
	}
	return nil
}

var errNoRule = errors.New("without a rule nobody belongs anywhere: name a group, an organization and a role")

func (s *setup) askRule(ctx context.Context) (r Rule, err error) {
	if r.Group, err = s.ask(ctx, "Which group is to be members somewhere? (empty: no more)", ""); err != nil || s.group(r.Group) == nil {
		return r, err
	}
	if r.Organization, err = s.ask(ctx, "  of which organization (slug or id)?", ""); err != nil {
		return r, err
	}
	r.Role, err = s.ask(ctx, "  in which role?", "org:member")
	return r, err
}

// tryRule looks whether group, organization and role are there.
func (s *setup) tryRule(ctx context.Context, r *Rule) error {
	group := s.group(r.Group)
	if group == nil {
		return fmt.Errorf("the source has no group %q%s", r.Group, meant(r.Group, groupNames(s.found.Groups)))
	}
	found, err := s.clerk.FindOrganizations(ctx, []string{r.Organization})
	if err != nil {
		return s.advised(err)
	}
	if _, ok := found[r.Organization]; !ok {
		return fmt.Errorf("no organization of Clerk has the slug or id %q; rollcall makes none", r.Organization)
	}
	roles, err := s.clerk.Roles(ctx)
	if err != nil {
		return s.advised(err)
	}
	keys := roleKeys(roles)
	if !slices.Contains(keys, r.Role) {
		return fmt.Errorf("there is no role %q%s; Clerk has %s", r.Role, meant(r.Role, keys), strings.Join(keys, ", "))
	}
	r.Group = group.ID
	s.say("ok: the %s of %s become %s of %s", report.Count(len(group.Members), "member"), group.Name, r.Role, r.Organization)
	return nil
}

func groupNames(groups []source.Group) (names []string) {
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

func roleKeys(roles []clerkapi.Role) (keys []string) {
	for _, r := range roles {
		keys = append(keys, r.Key)
	}
	return keys
}

// meant asks for the name that is nearest; empty when none is near.
func meant(name string, known []string) string {
	if near := source.Nearest(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// group finds a group by its name or DN; nil when there is none.
func (s *setup) group(name string) *source.Group {
	i := slices.IndexFunc(s.found.Groups, func(g source.Group) bool { return g.Name == name || source.SameDN(g.ID, name) })
	if i < 0 {
		return nil
	}
	return &s.found.Groups[i]
}

// askDomains asks for the domains that invitations may reach (S07), and
// suggests those that the people have.
func (s *setup) askDomains(ctx context.Context) error {
	if len(s.answers.Domains) > 0 {
		return nil
	}
	answer, err := s.ask(ctx, "Which e-mail domains are yours? (separated by commas)", strings.Join(commonDomains(s.found.People), ", "))
	for d := range strings.SplitSeq(answer, ",") {
		if d = strings.TrimSpace(d); d != "" {
			s.answers.Domains = append(s.answers.Domains, d)
		}
	}
	return err
}

// askRemovals has no default but the one that takes nothing away.
func (s *setup) askRemovals(ctx context.Context) error {
	s.say("Whom may rollcall remove? none: nobody, a good first week; managed: whom it added itself; all: whomever no rule wants.")
	given := s.answers.Removals
	return s.until(ctx, func(first bool) error {
		if given == "" || !first {
			var err error
			if s.answers.Removals, err = s.ask(ctx, "removals", string(sync.RemovalsNone)); err != nil {
				return err
			}
		}
		switch sync.Removals(s.answers.Removals) {
		case sync.RemovalsNone, sync.RemovalsManaged, sync.RemovalsAll:
			return nil
		}
		return fmt.Errorf("%q is none of none, managed, all", s.answers.Removals)
	})
}
