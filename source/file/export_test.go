package file

// What tests of a whole read need to know.
const (
	SettleRounds    = settleRounds
	MaxChecksumFile = maxChecksumFile
)
