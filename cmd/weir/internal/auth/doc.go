// Package auth decides for `weir serve` who a client is and what it may do. There are two methods, besides none:
//
//   - tokens: a file of static tokens, or of their SHA-256. A line is one token:
//
//     # NAME   TOKEN or sha256:HEX     what it allows
//     backend  sha256:9f86d081884c...  publish=news,orders/*
//     viewer   wJalrXUtnFEMI-K7MDENG   subscribe=*@trade,*@bookTicker
//
//   - jwt: JSON web tokens (RFC 7519), signed with HS256, RS256 or EdDSA by a key of a JWKS file (RFC 7517). A claim
//     names what the token allows:
//
//     {"sub":"ann","exp":1723164854,"weir":{"subscribe":["*@trade"],"publish":["news"]}}
//
// What is allowed is named by patterns. In a pattern * stands for any bytes of a channel's name, also for none, and
// every other byte for itself. There is nothing else to it: channels have no hierarchy, so * goes across every byte.
//
//	pattern = 1*255( channel-byte / "*" )    ; channel-byte: A-Z a-z 0-9 _ . : @ / ! $ + -
//
// Both files are read again when they change; a file that cannot be used is reported, and what it was before
// stays in force. Connections that are open are not looked at again: a token that was taken out of the file, or whose key
// was, ends with its expiry.
//
// A token never gets into a log or an error, of this package or of what it hands to others.
package auth
