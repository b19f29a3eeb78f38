// TypeScript takes a declaration as that of an ES module or of CommonJS by the package.json above it: who requires the SDK gets a copy of its own.
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const dist = path.join(import.meta.dirname, 'dist');
rmSync(path.join(dist, 'cjs'), { recursive: true, force: true });
for (const file of readdirSync(dist, { recursive: true }).filter((f) => f.endsWith('.d.ts'))) cpSync(path.join(dist, file), path.join(dist, 'cjs', file));
writeFileSync(path.join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
