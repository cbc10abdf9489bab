package exam

import (
	"regexp"
	"slices"
	"time"
)

// The sections of the exam, in the order in which they are sat.
const (
	Framing       = "framing"       // lengths, length forms, TCP segmentation (5.2)
	Ping          = "ping"          // ping and pong (5.5.2, 5.5.3)
	Reserved      = "reserved"      // RSV1, RSV2, RSV3 (5.2)
	Opcode        = "opcode"        // reserved opcodes (5.2, 11.8)
	Fragmentation = "fragmentation" // messages in several frames (5.4)
	UTF8          = "utf8"          // text is UTF-8 (5.6, 8.1)
	Close         = "close"         // the closing handshake (5.5.1, 7)
	Limits        = "limits"        // big messages, many messages
	Handshake     = "handshake"     // the opening handshake (4)
	Masking       = "masking"       // masking (5.1, 5.3)
	Deflate       = "deflate"       // permessage-deflate (RFC 7692); sat only when it is asked for by name
)

// Case is one question: what to send on a fresh TCP connection, and what must
// come back. Cases are independent of each other and may run in parallel.
type Case struct {
	Section string // one of the constants above
	Name    string // unique within its section, such as "text/65535-in-997-byte-chops"
	Doc     string // what the server has to do, with the RFC's section

	// Run sits the case on a connected Client, beginning with the opening
	// handshake (Client.Open). It returns nil for OK, a *Finding for NonStrict
	// or Failed; any other error counts as Failed.
	Run func(*Client) error
}

// String is the full name: the section, a slash, and the name.
func (c Case) String() string { return c.Section + "/" + c.Name }

// Options says which cases to sit and how. The zero value is the whole exam.
type Options struct {
	// Sections to sit; none: all but [Deflate], because a server need not speak it.
	Sections []string
	// Match keeps only the cases whose full name it matches; nil: all.
	Match *regexp.Regexp
	// MaxMessage is the size of the largest message sent, in bytes; 0: 16 MiB.
	// It may be lowered to 64 KiB for servers with a low message limit.
	MaxMessage int
	// Parallel is the number of connections at a time; 0: 4.
	Parallel int
	// Deadline is how long a server may show no progress at all (nothing read
	// from the wire, nothing taken off it) before a case has failed; 0: 20 s.
	Deadline time.Duration
	// Patience is how long a fail-fast case waits for the server to refuse an
	// unfinished message, before it sends the rest; 0: Deadline. Lower it only
	// to look at servers that are known not to fail fast.
	Patience time.Duration
	// Progress, if set, is called with every result as it comes, from one
	// goroutine at a time.
	Progress func(Result)
}

const (
	defaultMaxMessage = 16 << 20
	minMaxMessage     = 64 << 10
	defaultParallel   = 4
	defaultDeadline   = 20 * time.Second
)

func (o Options) withDefaults() Options {
	if o.MaxMessage <= 0 {
		o.MaxMessage = defaultMaxMessage
	}
	o.MaxMessage = max(o.MaxMessage, minMaxMessage)
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	if o.Deadline <= 0 {
		o.Deadline = defaultDeadline
	}
	if o.Patience <= 0 {
		o.Patience = o.Deadline
	}
	return o
}

// sections is the table of contents: who writes the questions of what.
var sections = []struct {
	name  string
	write func(*section)
}{
	{Framing, framingCases},
	{Ping, pingCases},
	{Reserved, reservedCases},
	{Opcode, opcodeCases},
	{Fragmentation, fragmentationCases},
	{UTF8, utf8Cases},
	{Close, closeCases},
	{Limits, limitsCases},
	{Handshake, handshakeCases},
	{Masking, maskingCases},
	{Deflate, deflateCases},
}

// wants tells whether a section is to be sat.
func (o *Options) wants(section string) bool {
	if len(o.Sections) == 0 {
		return section != Deflate
	}
	return slices.Contains(o.Sections, section)
}

// SectionNames lists the sections in order.
func SectionNames() []string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return names
}

// Cases writes the exam: every case that Options asks for, in a fixed order.
func Cases(o Options) []Case {
	o = o.withDefaults()
	var all []Case
	for _, s := range sections {
		if !o.wants(s.name) {
			continue
		}
		page := section{name: s.name, maxMessage: o.MaxMessage}
		s.write(&page)
		for _, c := range page.cases {
			if o.Match == nil || o.Match.MatchString(c.String()) {
				all = append(all, c)
			}
		}
	}
	return all
}

// section collects the cases of one section while they are written.
type section struct {
	name       string
	maxMessage int // bytes
	cases      []Case
}

// add writes a case that starts with an ordinary opening handshake.
func (s *section) add(name, doc string, run func(*Client) error) {
	s.addRaw(name, doc, func(c *Client) error {
		if err := c.Open(nil); err != nil {
			return err
		}
		return run(c)
	})
}

// addRaw writes a case that makes its own opening handshake.
func (s *section) addRaw(name, doc string, run func(*Client) error) {
	s.cases = append(s.cases, Case{Section: s.name, Name: name, Doc: doc, Run: run})
}
