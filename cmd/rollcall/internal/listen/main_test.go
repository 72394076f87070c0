package listen

import (
	"testing"

	"rollcall/.ci/suite"
)

func TestMain(m *testing.M) { suite.Run(m) }
