package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// NamedFile is a file that the configuration names.
type NamedFile struct {
	// Path is the YAML path of the key, such as "sources[0].ldap.bind_password_file".
	Path, Name string
}

// fileKeys are the keys that name a file and do not end in _file.
var fileKeys = []string{"keytab", "krb5_conf"}

// ConnectionFiles lists the files that sources, notifications and the service need to
// connect: secrets, certificates and keys. The files that hold people are not among them:
// an export may come after the service starts.
func (c *Config) ConnectionFiles() []NamedFile {
	list := slices.Concat(filesIn(reflect.ValueOf(c.Notify), "notify"), filesIn(reflect.ValueOf(c.Serve), "serve"))
	for i := range c.Sources {
		list = append(list, filesIn(reflect.ValueOf(c.Sources[i]), fmt.Sprintf("sources[%d]", i))...)
	}
	return list
}

// filesIn walks a section: a new key that names a file is then checked too.
func filesIn(section reflect.Value, path string) []NamedFile {
	switch section.Kind() {
	case reflect.Pointer:
		if section.IsNil() {
			return nil
		}
		return filesIn(section.Elem(), path)
	case reflect.Struct:
	default:
		return nil
	}
	var list []NamedFile
	for key, index := range fieldsByKey(section.Type()) {
		field, at := section.FieldByIndex(index), join(path, key)
		if field.Kind() != reflect.String {
			list = append(list, filesIn(field, at)...)
			continue
		}
		if name := field.String(); name != "" && (strings.HasSuffix(key, "_file") || slices.Contains(fileKeys, key)) {
			list = append(list, NamedFile{at, name})
		}
	}
	slices.SortFunc(list, func(a, b NamedFile) int { return strings.Compare(a.Path, b.Path) })
	return list
}
