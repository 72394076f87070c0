package sandbox

import "encoding/json"

type userObject struct {
	Object          string  `json:"object"`
	ID              string  `json:"id"`
	ExternalID      *string `json:"external_id"`
	PrimaryEmailID  *string `json:"primary_email_address_id"`
	PrimaryPhoneID  *string `json:"primary_phone_number_id"`
	PrimaryWalletID *string `json:"primary_web3_wallet_id"`
	Username        *string `json:"username"`
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	ProfileImageURL string  `json:"profile_image_url"`
	image
	Public             json.RawMessage `json:"public_metadata"`
	Private            json.RawMessage `json:"private_metadata"`
	Unsafe             json.RawMessage `json:"unsafe_metadata"`
	Emails             []emailObject   `json:"email_addresses"`
	Phones             []phoneObject   `json:"phone_numbers"`
	Wallets            []walletObject  `json:"web3_wallets"`
	Passkeys           alwaysEmpty     `json:"passkeys"`
	ExternalAccounts   alwaysEmpty     `json:"external_accounts"`
	SAMLAccounts       alwaysEmpty     `json:"saml_accounts"`
	EnterpriseAccounts alwaysEmpty     `json:"enterprise_accounts"`
	Password           bool            `json:"password_enabled"`
	TwoFactor          bool            `json:"two_factor_enabled"`
	TOTP               bool            `json:"totp_enabled"`
	BackupCode         bool            `json:"backup_code_enabled"`
	MFAEnabledAt       alwaysNull      `json:"mfa_enabled_at"`
	MFADisabledAt      alwaysNull      `json:"mfa_disabled_at"`
	LegalAcceptedAt    alwaysNull      `json:"legal_accepted_at"`
	LockoutExpires     alwaysNull      `json:"lockout_expires_in_seconds"`
	AttemptsRemaining  alwaysNull      `json:"verification_attempts_remaining"`
	DeleteSelf         bool            `json:"delete_self_enabled"`
	CreateOrganization bool            `json:"create_organization_enabled"`
	LastSignInAt       *int64          `json:"last_sign_in_at"`
	LastActiveAt       *int64          `json:"last_active_at"`
	Banned             bool            `json:"banned"`
	Locked             bool            `json:"locked"`
	Deprovisioned      bool            `json:"deprovisioned"`
	timestamps
}

func (u *user) object() userObject {
	o := userObject{
		Object: "user", ID: u.ID, ExternalID: nullable(u.ExternalID), PrimaryEmailID: nullable(u.PrimaryEmailAddressID),
		Username: nullable(u.Username), FirstName: nullable(u.FirstName), LastName: nullable(u.LastName),
		ProfileImageURL: imageURL, image: image{URL: imageURL},
		Public: u.PublicMetadata, Private: u.PrivateMetadata, Unsafe: u.UnsafeMetadata,
		Emails: objects(u.EmailAddresses, u.emailObject), Phones: objects(u.PhoneNumbers, u.phoneObject),
		Wallets: objects(u.Web3Wallets, u.walletObject), DeleteSelf: true, CreateOrganization: true,
		LastSignInAt: nullable(u.LastSignInAt), LastActiveAt: nullable(u.LastActiveAt),
		Banned: u.Banned, Locked: u.Locked, Deprovisioned: u.Deprovisioned, timestamps: u.times(),
	}
	if len(o.Phones) > 0 {
		o.PrimaryPhoneID = &o.Phones[0].ID
	}
	if len(o.Wallets) > 0 {
		o.PrimaryWalletID = &o.Wallets[0].ID
	}
	return o
}

func (u *user) times() timestamps { return timestamps{u.CreatedAt, u.UpdatedAt} }

type emailObject struct {
	Object       string             `json:"object"`
	ID           string             `json:"id"`
	Address      string             `json:"email_address"`
	Reserved     bool               `json:"reserved"`
	Verification verificationObject `json:"verification"`
	LinkedTo     alwaysEmpty        `json:"linked_to"`
	MatchesSSO   bool               `json:"matches_sso_connection"`
	timestamps
}

func (u *user) emailObject(e EmailAddress) emailObject {
	return emailObject{
		Object: "email_address", ID: e.ID, Address: e.Address, Reserved: e.Reserved,
		Verification: verification(e.Verification.Status), timestamps: u.times(),
	}
}

type phoneObject struct {
	Object                  string             `json:"object"`
	ID                      string             `json:"id"`
	Number                  string             `json:"phone_number"`
	ReservedForSecondFactor bool               `json:"reserved_for_second_factor"`
	DefaultSecondFactor     bool               `json:"default_second_factor"`
	Reserved                bool               `json:"reserved"`
	Verification            verificationObject `json:"verification"`
	LinkedTo                alwaysEmpty        `json:"linked_to"`
	timestamps
}

func (u *user) phoneObject(number string) phoneObject {
	return phoneObject{
		Object: "phone_number", ID: "phone_" + u.ID, Number: number, Verification: verification(statusVerified), timestamps: u.times(),
	}
}

type walletObject struct {
	Object       string             `json:"object"`
	ID           string             `json:"id"`
	Wallet       string             `json:"web3_wallet"`
	Verification verificationObject `json:"verification"`
	timestamps
}

func (u *user) walletObject(wallet string) walletObject {
	return walletObject{Object: "web3_wallet", ID: "wallet_" + u.ID, Wallet: wallet, Verification: verification(statusVerified), timestamps: u.times()}
}

type verificationObject struct {
	Object   string     `json:"object"`
	Status   string     `json:"status"`
	Strategy string     `json:"strategy"`
	Attempts alwaysNull `json:"attempts"`
	ExpireAt alwaysNull `json:"expire_at"`
}

// verification is the proof of an address: by an administrator when verified, by
// SAML when transferable (no other strategy has that status), else by a code.
func verification(status string) verificationObject {
	switch status {
	case statusVerified:
		return verificationObject{Object: "verification_admin", Status: status, Strategy: "admin"}
	case "transferable":
		return verificationObject{Object: "verification_saml", Status: status, Strategy: "saml"}
	}
	return verificationObject{Object: "verification_otp", Status: status, Strategy: "email_code"}
}
