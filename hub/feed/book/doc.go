// Package book keeps order books up to date from differences, for hub channels whose newcomers need the state that the differences
// stand on. A [Book] is a hub.Fold.
//
// Messages are those of Binance's diff. depth stream, which other exchanges' streams can be mapped to:
//
//	{"U":157,"u":160,"b":[["61837.63","3.78"]],"a":[["61838.04","0"]]}
//
// U and u are the first and the last update that the message holds; b and a are levels, price and quantity as strings; a quantity of zero
// takes the level away. A state has the form of the REST answer of the same exchange:
//
//	{"lastUpdateId":160,"bids":[["61837.63","3.78"]],"asks":[]}
//
// Fields with other names are ignored. Prices and quantities go out in the bytes they came in.
package book
