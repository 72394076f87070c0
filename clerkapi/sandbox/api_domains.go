package sandbox

import (
	"slices"
	"strings"
)

func enrollmentModes() []string {
	return []string{"manual_invitation", "automatic_invitation", "automatic_suggestion", "enterprise_sso"}
}

// listDomains answers GET /organization_domains.
func listDomains(c *call) *failure {
	o, f := c.order("created_at", "name")
	if f != nil {
		return f
	}
	verified, set, f := c.boolean("verified")
	if f != nil {
		return f
	}
	modes, f := c.modes()
	if f != nil {
		return f
	}
	org, part, names := c.query.Get("organization_id"), c.query.Get("query"), c.query["domains"]
	if c.query.Has("query") && strings.TrimSpace(part) == "" {
		return badValue("query", part)
	}
	rows := filterRows(c.domains, func(d Domain) bool {
		return (org == "" || d.OrganizationID == org) && (!set || verified != d.Unverified) && modes(d.Mode) &&
			(part == "" || d.OrganizationID == part || !strings.HasPrefix(part, "org_") && containsFold(d.Name, part)) &&
			(len(names) == 0 || slices.Contains(names, d.Name))
	})
	return list(c, sorted(rows, o, func(d Domain) string { return d.Name }), renderer(Domain.object))
}

// modes reads enrollment_mode: modes with commas between, or with - to exclude
// one.
func (q *request) modes() (func(string) bool, *failure) {
	var in, out []string
	for _, v := range q.query["enrollment_mode"] {
		for mode := range strings.SplitSeq(v, ",") {
			bare, excluded := strings.CutPrefix(mode, "-")
			if !slices.Contains(enrollmentModes(), bare) {
				return nil, badValue("enrollment_mode", mode)
			}
			if excluded {
				out = append(out, bare)
				continue
			}
			in = append(in, bare)
		}
	}
	return func(mode string) bool {
		return (len(in) == 0 || slices.Contains(in, mode)) && !slices.Contains(out, mode)
	}, nil
}

type domainObject struct {
	Object                  string             `json:"object"`
	ID                      string             `json:"id"`
	OrganizationID          string             `json:"organization_id"`
	Name                    string             `json:"name"`
	EnrollmentMode          string             `json:"enrollment_mode"`
	AffiliationEmail        alwaysNull         `json:"affiliation_email_address"`
	AffiliationVerification domainVerification `json:"affiliation_verification"`
	Verification            domainVerification `json:"verification"`
	OwnershipVerification   alwaysNull         `json:"ownership_verification"`
	PendingInvitations      int                `json:"total_pending_invitations"`
	PendingSuggestions      int                `json:"total_pending_suggestions"`
	timestamps
}

type domainVerification struct {
	Status     string     `json:"status"`
	Strategy   string     `json:"strategy"`
	Attempts   int        `json:"attempts"`
	ExpireAt   alwaysNull `json:"expire_at"`
	VerifiedAt alwaysNull `json:"verified_at"`
}

func (d Domain) object() domainObject {
	v := domainVerification{Status: statusVerified, Strategy: "affiliation_email_code", Attempts: 1}
	if d.Unverified {
		v.Status = statusUnverified
	}
	return domainObject{
		Object: "organization_domain", ID: d.ID, OrganizationID: d.OrganizationID, Name: d.Name, EnrollmentMode: d.Mode,
		AffiliationVerification: v, Verification: v, timestamps: timestamps{d.CreatedAt, d.UpdatedAt},
	}
}
