// Package msgpack writes JSON as MessagePack, without building what is in it: the bytes of a publisher's JSON become those of
// the same value in the other encoding, once a message, on the loop that sends it first. The bytes of MessagePack itself are
// written by github.com/tinylib/msgp.
//
// Every JSON value has one form:
//
//	null, true, false     nil, true, false
//	a string              str
//	an integer            int or uint, the shortest form, if it has no fraction and no exponent and fits 64 bits
//	another number        float 64, if that is the number: see below
//	                      str, with the number as it was written, if neither holds it
//	an array              array
//	an object             map with str keys, in the order in which they were written, keys that are repeated included
//
// A float 64 is the number if the shortest decimal that stands for it, which is what programs print, has the number's value: 0.1 is,
// and 1.50 (as 1.5), and 0.1000000000000000055 is not. So no digit is lost that a reader could not know of, where JSON readers
// round without a word. "-0" is a float 64, because integers have no sign of zero.
package msgpack
