package sandbox

import "net/http"

func (c control) addUser(r *http.Request) (any, error) {
	u, err := decodeBody[User](r)
	if err != nil {
		return nil, err
	}
	id, err := c.AddUser(u)
	return map[string]string{"id": id}, err
}

func (c control) setFlags(r *http.Request) (any, error) {
	f, err := decodeBody[Flags](r)
	if err != nil {
		return nil, err
	}
	if f == (Flags{}) {
		return nil, errNothingToChange
	}
	return nil, c.SetFlags(c.userID(r), f)
}

func (c control) addEmail(r *http.Request) (any, error) {
	in, err := decodeBody[struct {
		Address  string `json:"email_address"`
		Status   string `json:"status"`
		Reserved bool   `json:"reserved"`
		Primary  bool   `json:"primary"`
	}](r)
	if err != nil {
		return nil, err
	}
	e := EmailAddress{Address: in.Address, Reserved: in.Reserved, Verification: Verification{in.Status}}
	return nil, c.AddEmail(c.userID(r), e, in.Primary)
}

func (c control) removeEmail(r *http.Request) (any, error) {
	return nil, c.RemoveEmail(c.userID(r), r.PathValue("address"))
}

func (c control) changeEmail(r *http.Request) (any, error) {
	in, err := decodeBody[struct {
		To string `json:"to"`
	}](r)
	if err != nil {
		return nil, err
	}
	return nil, c.ChangeEmail(c.userID(r), r.PathValue("address"), in.To)
}

func (c control) putMembership(r *http.Request) (any, error) {
	m, err := decodeBody[Membership](r)
	if err != nil {
		return nil, err
	}
	return nil, c.AddMembership(m)
}

func (c control) acceptInvitation(r *http.Request) (any, error) {
	var in struct {
		UserID string `json:"user_id"`
	}
	if r.ContentLength != 0 {
		var err error
		if in, err = decodeBody[struct {
			UserID string `json:"user_id"`
		}](r); err != nil {
			return nil, err
		}
	}
	id, err := c.AcceptInvitation(c.pendingInvitationID(r), in.UserID)
	return map[string]string{"user_id": id}, err
}
