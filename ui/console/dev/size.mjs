// What the first screen loads, gzipped: the entry, everything it imports, its
// styles, its messages in English, and the chat library that is fetched beside
// it. Fails over budget.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const budget = 225_000
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
for (const beside of ['sdk/src', 'src/i18n/en.ts']) {
  const key = Object.keys(manifest).find((name) => name.includes(beside))
  if (!key) throw new Error(`${beside} is not a chunk of its own any more`)
  add(key)
}

let total = 0
for (const file of first) {
  const size = gzipSync(readFileSync(dist + file)).length
  total += size
  console.log(`${String(size).padStart(8)}  ${file}`)
}
console.log(`${String(total).padStart(8)}  first route, of ${budget}`)
if (total > budget) process.exit(1)
