// Copies Swagger UI next to our page: nothing is fetched from elsewhere at run time.
import { build } from 'esbuild';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const here = import.meta.dirname;
const out = path.resolve(here, '../dist/portal');
const swagger = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'oauth2-redirect.html', 'oauth2-redirect.js', 'LICENSE', 'NOTICE'])
  await cp(path.join(swagger, file), path.join(out, file));
// Its source maps are not shipped.
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
  const text = await readFile(path.join(out, file), 'utf8');
  await writeFile(path.join(out, file), text.replace(/\n?(\/\/# sourceMappingURL=.*|\/\*# sourceMappingURL=.*\*\/)\s*$/, '\n'));
}
await build({
  absWorkingDir: here,
  entryPoints: ['src/portal.js', 'src/portal.css'],
  outdir: out,
  bundle: true,
  minify: true,
  target: 'es2022',
  logLevel: 'warning',
});
await cp(path.join(here, 'src/index.html'), path.join(out, 'index.html'));
console.log('portal: built');
