package everyfault

import (
	"testing"

	"rollcall/.ci/suite"
)

func TestMain(m *testing.M) { suite.Run(m) }

func TestSwitch(t *testing.T) { suite.Known(t) }
