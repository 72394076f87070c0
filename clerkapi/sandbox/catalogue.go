package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// catalogue has the error codes of Clerk's own catalogue, by status, that calls of
// organizations, memberships, invitations, users, roles, sessions and API keys can get, and those of
// every call: limits, forms, keys, faults.
var catalogue = map[int]string{
	http.StatusBadRequest: `already_a_member_in_organization api_version_invalid bad_request breaks_instance_invariant bulk_size_exceeded
		delete_linked_identification_disallowed deprovisioned dev_monthly_email_limit_exceeded duplicate_record
		identification_claimed infinite_redirect_loop instance_key_required invitation_already_accepted
		invitation_already_revoked invitations_not_supported malformed_publishable_key malformed_request_parameters
		missing_query_parameter no_password_set organization_creator_not_found
		organization_invitation_already_accepted organization_invitation_identification_already_exists
		organization_invitation_identification_not_exist organization_invitation_not_unique
		organization_invitation_revoked_code organization_invitation_to_deleted_organization
		organization_member_limit_managed_by_billing organization_minimum_permissions_needed
		organization_suggestion_already_accepted organizations_disable_not_allowed permission_cannot_be_removed
		request_body_invalid request_invalid_for_environment request_invalid_for_instance revoked_invitation
		totp_disabled`,
	http.StatusUnauthorized: `authentication_invalid authorization_header_format_invalid clerk_key_invalid could_not_authenticate_request
		deprovisioned`,
	http.StatusPaymentRequired: `insufficient_seats unsupported_subscription_plan_features`,
	http.StatusForbidden: `action_blocked authorization_invalid authorization_missing_scopes billing_not_enabled
		cannot_delete_initial_role_set feature_not_enabled feature_not_implemented
		invitations_not_supported_in_organization missing_organization_permission not_a_member_in_organization
		not_allowed_access not_an_admin_in_organization org_creation_limit_exceeded
		organization_admin_delete_not_enabled organization_domain_enrollment_mode_not_enabled
		organization_domain_quota_exceeded organization_domains_not_enabled
		organization_instance_role_sets_quota_exceeded organization_instance_roles_quota_exceeded
		organization_membership_enterprise_connection_cannot_remove organization_membership_quota_exceeded
		organization_membership_quota_exceeded_for_sso organization_not_enabled_in_instance
		organization_quota_exceeded organization_slugs_disabled organization_system_permission_not_modifiable
		organization_unlimited_membership_required organizations_cannot_be_enabled password_disabled quota_exceeded
		requires_protect_check unsupported_country_code user_banned user_deactivated user_locked user_quota_exceeded`,
	http.StatusNotFound: `organization_invitation_not_found organization_invitation_not_pending organization_not_found_or_unauthorized
		organization_role_permission_association_not_found resource_not_found`,
	http.StatusConflict: `attribute_managed_by_scim conflict organization_membership_managed_by_scim
		organization_role_permission_association_exists resource_locked role_migration_in_progress
		user_managed_by_scim`,
	http.StatusGone:                  `operation_deprecated`,
	http.StatusRequestEntityTooLarge: `request_body_too_large`,
	http.StatusUnsupportedMediaType:  `unsupported_content_type`,
	http.StatusUnprocessableEntity: `api_keys_not_enabled disabled_instance_restriction enterprise_sso_sign_up_connection_missing exclusive_organization_membership
		exclusive_organization_membership_existing_members feature_requires_email_address_enabled
		feature_requires_oidc_provider feature_requires_progressive_sign_up
		force_organization_selection_not_allowed_when_organizations_disabled form_already_exists form_code_incorrect
		form_conditional_param_disallowed form_conditional_param_missing form_data_missing
		form_disable_default_second_factor_not_allowed form_disallow_future_date form_identifier_exists
		form_identifier_not_found form_invalid_origin form_param_array_length_mismatch form_param_array_size_exceeded
		form_param_deprecated form_param_duplicate form_param_exceeds_allowed_size form_param_format_invalid
		form_param_invalid_date form_param_invalid_time form_param_max_length_exceeded form_param_min_length_exceeded
		form_param_missing form_param_nil form_param_type_invalid form_param_unknown form_param_value_conflict
		form_param_value_invalid form_param_value_too_large form_password_digest_invalid_code
		form_password_length_too_long form_password_length_too_short form_password_matches_identifier
		form_password_no_lowercase form_password_no_number form_password_no_special_char form_password_no_uppercase
		form_password_not_strong_enough form_password_pwned form_password_size_in_bytes_exceeded
		form_password_validation_failed form_public_client_requires_pkce form_resource_not_found
		form_username_cannot_be_phone_number form_username_invalid_character form_username_invalid_length
		form_username_needs_non_number_char form_verification_needed incorrect_password
		org_member_limit_exceeded_for_plan_change organization_already_has_sso_connection
		organization_domain_already_exists organization_domain_already_exists_same_organization
		organization_domain_blocked organization_domain_common organization_domain_enrollment_mode_invalid
		organization_domain_exists_for_enrollment organization_domain_exists_for_enterprise_connection
		organization_domain_last_verified_cannot_delete organization_domain_mismatch
		organization_domain_ownership_not_verified organization_missing_creator_role_permissions
		organization_role_assigned_members organization_role_default_creator_role
		organization_role_domain_default_role organization_role_exists_in_invitations
		organization_role_on_set_assigned_to_user organization_role_set_assigned_to_organizations
		organization_role_set_reassignment_contact_support organization_role_set_reassignment_mappings_invalid
		organization_role_set_reassignment_mappings_missing personal_accounts_not_allowed plan_seat_limit_exceeded
		seat_based_billing_exceeds_org_member_limit sign_up_mode_restricted_invalid_value totp_incorrect_code
		totp_invalid_length`,
	http.StatusTooManyRequests:     `too_many_requests`,
	http.StatusInternalServerError: `internal_clerk_error`,
	http.StatusServiceUnavailable:  `service_unavailable`,
	http.StatusGatewayTimeout:      `gateway_timeout`,
}

// Code is an error code of Clerk and its status.
type Code struct {
	Code   string
	Status int
}

// Codes lists the catalogue by status and code.
func Codes() []Code {
	var out []Code
	for status, codes := range catalogue {
		for code := range strings.FieldsSeq(codes) {
			out = append(out, Code{code, status})
		}
	}
	slices.SortFunc(out, func(a, b Code) int {
		if a.Status != b.Status {
			return a.Status - b.Status
		}
		return strings.Compare(a.Code, b.Code)
	})
	return out
}

// statusOf is the status of a code in the catalogue; 0 for a code that is not in
// it.
func statusOf(code string) int {
	for _, c := range Codes() {
		if c.Code == code {
			return c.Status
		}
	}
	return 0
}
