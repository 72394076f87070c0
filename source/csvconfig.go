package source

// CSVConfig is the csv key of a source.
type CSVConfig struct {
	Path string `yaml:"path"`
}
