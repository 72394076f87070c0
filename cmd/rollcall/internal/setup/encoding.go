package setup

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"rollcall/source/csvfile/encodings"
)

// askEncoding asks for the encoding of a file that is not UTF-8, with a proposal.
// Without somebody to answer it is not guessed: a wrong guess would change names.
func (s fileQuestions) askEncoding(ctx context.Context) error {
	c := &s.answers.CSV
	if c.Encoding != "" {
		return encodings.Check(c.Encoding)
	}
	proposal, err := proposeEncoding(c.Path)
	if err == nil && proposal != "" {
		// A workbook has no encoding.
		probe := CSV{Path: c.Path, Encoding: proposal}
		_, _, err = probe.readText()
	}
	switch {
	case err != nil || proposal == "":
		return err
	case !s.Interactive:
		return fmt.Errorf("%s is not UTF-8; it may be %s: try --encoding %s", c.Path, proposal, proposal)
	}
	c.asked.encoding = true
	if c.Encoding, err = s.ask(ctx, "This file is not UTF-8. Which encoding?", proposal); err != nil {
		return err
	}
	return encodings.Check(c.Encoding)
}

// proposeEncoding says what a file may be that is not UTF-8: utf-16 by its byte
// order mark, else what makes letters of it, as a rule what Excel writes in western
// Europe.
func proposeEncoding(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("open the file: %w", err)
	}
	defer func() { _ = in.Close() }() // it was only read
	const enough = 16 << 20
	data, err := io.ReadAll(io.LimitReader(in, enough))
	text := string(data)
	switch {
	case err != nil:
		return "", fmt.Errorf("read %s: %w", path, err)
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return "utf-16", nil
	case len(data) == enough && !utf8.ValidString(text) && utf8.ValidString(text[:len(text)-utf8.UTFMax]):
		return "", nil // the bound cut a character
	case !utf8.ValidString(text):
		fits, _, _ := strings.Cut(encodings.Proposal(text), " or ")
		return cmp.Or(fits, "windows-1252"), nil
	}
	return "", nil
}
