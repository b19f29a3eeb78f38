// Fails when files together are larger than a budget: node size.mjs FILE… BYTES (gzip).
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const files = process.argv.slice(2, -1);
const budget = Number(process.argv.at(-1));
let total = 0;
for (const file of files) {
  const size = gzipSync(readFileSync(file), { level: 9 }).length;
  total += size;
  console.log(`${file}: ${size} bytes gzip`);
}
console.log(`${total} of ${budget}`);
if (total > budget) {
  console.error('over budget');
  process.exit(1);
}
