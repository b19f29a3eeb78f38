// The weight of the browser build, gzip: what a page loads at once, which has a budget, and what it loads when it first draws a code or moves a file.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const budget = 40_000;
const dist = path.join(import.meta.dirname, 'dist');
const read = (file) => readFileSync(path.join(dist, file), 'utf8');
const weigh = (file) => gzipSync(read(file), { level: 9 }).length;

/** A file and what it imports before it runs. */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target] of read(file).matchAll(/(?:^|[;}])\s*(?:import|export)\s*(?:[^'"();]*?from\s*)?["'](\.[^'"]+)["']/gm))
    closure(path.join(path.dirname(file), target), seen);
  return seen;
}

const atOnce = closure('browser.js');
const later = readdirSync(path.join(dist, 'chunks')).filter((f) => f.endsWith('.js')).map((f) => `chunks/${f}`).filter((f) => !atOnce.has(f));
let total = 0;
for (const file of atOnce) {
  total += weigh(file);
  console.log(`${file}: ${weigh(file)} bytes gzip`);
}
console.log(`loaded at once: ${total} of ${budget}`);
for (const file of later) console.log(`loaded when needed: ${file}: ${weigh(file)} bytes gzip`);
if (total > budget) {
  console.error('over budget');
  process.exit(1);
}
