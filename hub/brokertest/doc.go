// Package brokertest has the test that every hub.Broker must pass ([Test]), and a network in
// memory ([Bus]) whose brokers number and deliver as those of a cluster do.
package brokertest
