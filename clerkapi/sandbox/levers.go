package sandbox

import "net/http"

func (s *Server) pullUser(r *http.Request) (any, error) {
	u, err := readInto[User](r)
	if err != nil {
		return nil, err
	}
	id, err := s.AddUser(u)
	return map[string]string{"id": id}, err
}

func (s *Server) pullFlags(r *http.Request) (any, error) {
	f, err := readInto[Flags](r)
	if err != nil {
		return nil, err
	}
	if f == (Flags{}) {
		return nil, errNothing
	}
	return nil, s.SetFlags(r.PathValue("user"), f)
}

func (s *Server) pullEmail(r *http.Request) (any, error) {
	in, err := readInto[struct {
		Address  string `json:"email_address"`
		Status   string `json:"status"`
		Reserved bool   `json:"reserved"`
		Primary  bool   `json:"primary"`
	}](r)
	if err != nil {
		return nil, err
	}
	e := EmailAddress{Address: in.Address, Reserved: in.Reserved, Verification: Verification{in.Status}}
	return nil, s.AddEmail(r.PathValue("user"), e, in.Primary)
}

func (s *Server) pullEmailAway(r *http.Request) (any, error) {
	return nil, s.RemoveEmail(r.PathValue("user"), r.PathValue("address"))
}

func (s *Server) pullEmailChange(r *http.Request) (any, error) {
	in, err := readInto[struct {
		To string `json:"to"`
	}](r)
	if err != nil {
		return nil, err
	}
	return nil, s.ChangeEmail(r.PathValue("user"), r.PathValue("address"), in.To)
}

func (s *Server) pullMembership(r *http.Request) (any, error) {
	m, err := readInto[Membership](r)
	if err != nil {
		return nil, err
	}
	return nil, s.AddMembership(m)
}

func (s *Server) pullAccept(r *http.Request) (any, error) {
	var in struct {
		UserID string `json:"user_id"`
	}
	if r.ContentLength != 0 {
		var err error
		if in, err = readInto[struct {
			UserID string `json:"user_id"`
		}](r); err != nil {
			return nil, err
		}
	}
	id, err := s.AcceptInvitation(r.PathValue("invitation"), in.UserID)
	return map[string]string{"user_id": id}, err
}
