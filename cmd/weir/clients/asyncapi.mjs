// AsyncAPI's own parser on the document of the feed.
// usage: node asyncapi.mjs FILE
import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'))
for (const d of diagnostics) console.log(`${d.range.start.line + 1}: ${d.code}: ${d.message}`)
if (!document || diagnostics.length > 0) process.exit(1)
console.log(`asyncapi ok, ${document.allMessages().length} messages`)
