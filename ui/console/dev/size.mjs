// What the first screen loads, gzipped: the entry, everything it imports, its
// styles, and the chat library that is fetched beside it. Fails over budget.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const budget = 250_000
const dist = fileURLToPath(new URL('../../dist/console/', import.meta.url))
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, 'utf8'))
const first = new Set()

function add(key) {
  const chunk = manifest[key]
  if (!chunk || first.has(chunk.file)) return
  first.add(chunk.file)
  for (const css of chunk.css ?? []) first.add(css)
  for (const next of chunk.imports ?? []) add(next)
}

add('index.html')
const chat = Object.keys(manifest).find((key) => key.includes('sdk/src'))
if (!chat) throw new Error('the chat library is not a chunk of its own any more')
add(chat)

let total = 0
for (const file of first) {
  const size = gzipSync(readFileSync(dist + file)).length
  total += size
  console.log(`${String(size).padStart(8)}  ${file}`)
}
console.log(`${String(total).padStart(8)}  first route, of ${budget}`)
if (total > budget) process.exit(1)
