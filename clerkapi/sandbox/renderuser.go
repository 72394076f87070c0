package sandbox

// appendUser appends the object User.
func appendUser(b []byte, u *user) []byte {
	b = field(b, `{"object":"user","id":`, u.ID)
	b = orNull(b, `,"external_id":`, u.ExternalID)
	b = orNull(b, `,"primary_email_address_id":`, u.PrimaryEmailAddressID)
	b = orNull(b, `,"primary_phone_number_id":`, primary(u.PhoneNumbers, "phone_", u.ID))
	b = orNull(b, `,"primary_web3_wallet_id":`, primary(u.Web3Wallets, "wallet_", u.ID))
	b = orNull(b, `,"username":`, u.Username)
	b = orNull(b, `,"first_name":`, u.FirstName)
	b = orNull(b, `,"last_name":`, u.LastName)
	b = append(b, `,"profile_image_url":"`+imageURL+`"`+imageField...)
	b = raw(b, `,"public_metadata":`, u.PublicMetadata)
	b = raw(b, `,"private_metadata":`, u.PrivateMetadata)
	b = raw(b, `,"unsafe_metadata":`, u.UnsafeMetadata)
	b = appendEmails(b, u)
	b = appendPhones(b, u)
	b = appendWallets(b, u)
	b = append(b, `,"passkeys":[],"external_accounts":[],"saml_accounts":[],"enterprise_accounts":[]`+
		`,"password_enabled":false,"two_factor_enabled":false,"totp_enabled":false,"backup_code_enabled":false`+
		`,"mfa_enabled_at":null,"mfa_disabled_at":null,"legal_accepted_at":null`+
		`,"lockout_expires_in_seconds":null,"verification_attempts_remaining":null`+
		`,"delete_self_enabled":true,"create_organization_enabled":true`...)
	b = timeOrNull(b, `,"last_sign_in_at":`, u.LastSignInAt)
	b = timeOrNull(b, `,"last_active_at":`, u.LastActiveAt)
	b = flag(b, `,"banned":`, u.Banned)
	b = flag(b, `,"locked":`, u.Locked)
	b = flag(b, `,"deprovisioned":`, u.Deprovisioned)
	b = number(b, `,"created_at":`, u.CreatedAt)
	b = number(b, `,"updated_at":`, u.UpdatedAt)
	return append(b, '}')
}

func primary(values []string, prefix, id string) string {
	if len(values) == 0 {
		return ""
	}
	return prefix + id
}

func appendEmails(b []byte, u *user) []byte {
	b = append(b, `,"email_addresses":[`...)
	for i, e := range u.EmailAddresses {
		if i > 0 {
			b = append(b, ',')
		}
		b = field(b, `{"object":"email_address","id":`, e.ID)
		b = field(b, `,"email_address":`, e.Address)
		b = flag(b, `,"reserved":`, e.Reserved)
		b = append(b, `,"verification":`...)
		b = append(b, verification(e.Verification.Status)...)
		b = number(b, `,"linked_to":[],"matches_sso_connection":false,"created_at":`, u.CreatedAt)
		b = number(b, `,"updated_at":`, u.UpdatedAt)
		b = append(b, '}')
	}
	return append(b, ']')
}

// verification renders a proof: by an administrator when verified, by SAML
// when transferable (no other strategy knows that status), else by a code.
func verification(status string) string {
	const rest = `,"attempts":null,"expire_at":null}`
	switch status {
	case statusVerified:
		return `{"object":"verification_admin","status":"verified","strategy":"admin"` + rest
	case "transferable":
		return `{"object":"verification_saml","status":"transferable","strategy":"saml"` + rest
	}
	return `{"object":"verification_otp","status":"` + status + `","strategy":"email_code"` + rest
}

func appendPhones(b []byte, u *user) []byte {
	b = append(b, `,"phone_numbers":[`...)
	for i, n := range u.PhoneNumbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = field(b, `{"object":"phone_number","id":`, "phone_"+u.ID)
		b = field(b, `,"phone_number":`, n)
		b = append(b, `,"reserved_for_second_factor":false,"default_second_factor":false,"reserved":false,"verification":`...)
		b = append(b, verification(statusVerified)...)
		b = number(b, `,"linked_to":[],"created_at":`, u.CreatedAt)
		b = number(b, `,"updated_at":`, u.UpdatedAt)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendWallets(b []byte, u *user) []byte {
	b = append(b, `,"web3_wallets":[`...)
	for i, w := range u.Web3Wallets {
		if i > 0 {
			b = append(b, ',')
		}
		b = field(b, `{"object":"web3_wallet","id":`, "wallet_"+u.ID)
		b = field(b, `,"web3_wallet":`, w)
		b = append(b, `,"verification":`...)
		b = append(b, verification(statusVerified)...)
		b = number(b, `,"created_at":`, u.CreatedAt)
		b = number(b, `,"updated_at":`, u.UpdatedAt)
		b = append(b, '}')
	}
	return append(b, ']')
}
