package wire

import (
	"errors"
	"strings"
)

// Instance is Instance of the contract.
type Instance struct {
	ID          string `json:"id"`
	Environment string `json:"environment_type"`
}

// Check reports an instance without its id.
func (w *Instance) Check() error {
	if w.ID == "" {
		return errors.New("the instance has no id")
	}
	return nil
}

// Domain is OrganizationDomain of the contract.
type Domain struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organization_id"`
	Name           string `json:"name"`
	Mode           string `json:"enrollment_mode"`
}

// Check reports a domain that lacks a field.
func (w *Domain) Check() error {
	if w.ID == "" || w.Name == "" || w.Mode == "" || !strings.HasPrefix(w.OrganizationID, OrganizationPrefix) {
		return errors.New("a domain has no id, name, mode or organization")
	}
	return nil
}

// Connection is EnterpriseConnection of the contract.
type Connection struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	OrganizationID string   `json:"organization_id"`
	Domains        []string `json:"domains"`
	NoJIT          bool     `json:"disable_jit_provisioning"`
}

// Check reports a connection without its id.
func (w *Connection) Check() error {
	if w.ID == "" {
		return errors.New("an enterprise connection has no id")
	}
	return nil
}
