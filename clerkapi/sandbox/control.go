package sandbox

import "net/http"

func (s *Server) control(mux *http.ServeMux) {}
