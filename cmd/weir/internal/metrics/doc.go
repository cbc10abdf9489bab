// Package metrics shows Prometheus what engine, hub, feed and source count. Nothing is counted here: a scrape reads the
// counters that are there anyway, so metrics cost nothing between scrapes.
//
// No label's values depend on what clients do: they are close codes, outcomes and loop numbers, a few each. docs/operations.md
// has the table of all metrics, and a test holds the two together.
package metrics
