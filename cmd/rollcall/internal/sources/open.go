package sources

import (
	"rollcall/source"
	"rollcall/source/file"
)

// Open makes the source that a configuration describes. It reads nothing yet;
// the error holds all problems of the configuration, as [Config.Validate]
// finds them. A directory takes nothing of the options but the logger.
func Open(c Config, o file.Options) (source.Source, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c.kindsOf()[0].open(&c, o)
}
