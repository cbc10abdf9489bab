package config

import (
	"strings"

	"github.com/weir-ws/weir/hub"
)

// Channels is what the channels are for, by their names.
type Channels struct {
	Rules []Rule // the first one that matches counts; behind them come those of builtIn
}

// builtIn are the rules for channels that no other rule is about: the names of Binance's streams, which the synthetic market has too.
var builtIn = func() (all []Rule) {
	for _, text := range []string{
		"*@trade trade", "*@aggTrade trade", "*@bookTicker ticker", "*@ticker ticker", "*@miniTicker ticker", "*@depth* book",
	} {
		r, err := parseRule(text)
		if err != nil {
			panic(err)
		}
		all = append(all, r)
	}
	return all
}()

// Options is for hub.Config.Options.
func (c *Channels) Options(channel string) *hub.ChannelOptions {
	for _, rules := range [][]Rule{c.Rules, builtIn} {
		for i := range rules {
			if hub.Match(rules[i].pattern, channel) {
				return &rules[i].options
			}
		}
	}
	return nil
}

// rules is a value: a list of rules. In a file an entry may be a mapping instead of a text.
type rules struct{ p *[]Rule }

func (v *rules) Set(s string) error { return v.setAll(strings.Split(s, ",")) }

func (v *rules) setAll(texts []string) (err error) {
	*v.p, err = entries(texts, parseRule)
	return err
}

func (v *rules) String() string { return strings.Join(v.words(), ",") }

func (v *rules) words() []string { return texts(*v.p) }
