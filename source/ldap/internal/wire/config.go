package wire

import (
	"context"
	"net"
	"time"
)

// Config says how a directory is reached and asked. Its fields are those of the
// configuration file, with the defaults filled in.
type Config struct {
	URLs       []string
	SRV        string
	SRVTargets []string

	Bind, BindDN, BindPasswordFile string
	GSSAPI                         GSSAPI

	TLS, CAFile, CertFile, KeyFile, ServerName string
	// Fingerprints replace the check of the certificate's authority and name.
	Fingerprints []string

	PageSize, Connections int
	// MaxMembers bounds the values of one attribute that come in ranges (S37).
	MaxMembers int
	// IgnoreReferrals leaves out what a continuation reference points to.
	IgnoreReferrals bool

	ConnectTimeout, BindTimeout, RequestTimeout time.Duration

	Network Network
	// Note takes a remark for the admin. Several goroutines call it.
	Note func(format string, args ...any)
}

// GSSAPI says where Kerberos finds its credentials: a keytab with its
// principal, or a credential cache.
type GSSAPI struct {
	Keytab    string `yaml:"keytab"`
	Principal string `yaml:"principal"`
	Realm     string `yaml:"realm"`
	CCache    string `yaml:"ccache"`
	// Krb5Conf is /etc/krb5.conf where it is empty.
	Krb5Conf string `yaml:"krb5_conf"`
	// Service is the server's principal, ldap/host where it is empty.
	Service string `yaml:"service"`
}

// Network is what a read needs of the machine's network; tests replace it.
type Network struct {
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	LookupSRV   func(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// SystemNetwork is the network of this machine.
func SystemNetwork() Network {
	return Network{DialContext: new(net.Dialer).DialContext, LookupSRV: net.DefaultResolver.LookupSRV}
}
