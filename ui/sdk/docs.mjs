// Writes docs/sdk.md from the typings. With --check it fails where the page is not what they say.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Application } from 'typedoc';

const here = import.meta.dirname;
const page = path.resolve(here, '../../docs/sdk.md');

const intro = `# SDK reference

Made from the typings of \`@switchboard/sdk\` by \`npm run docs -w sdk\`; change them, not this page. How to start is in the
[package's README](../ui/sdk/README.md).

There are two ways to the same thing. [\`Switchboard\`](#switchboard) is an object with methods and events that throws
[\`SwitchboardError\`](#switchboarderror); new code is best off with it. The [functions](#functions) have the documented names and argument
orders: they work on the one \`Switchboard\` that [\`initializeSDK\`](#initializesdk) makes, resolve with \`{statusCode, message, …}\`
and never reject. \`Client\` and \`Platform\` are the parts beneath: XMPP and REST.
`;

/** The page's text. */
export async function render() {
  const out = mkdtempSync(path.join(tmpdir(), 'switchboard-docs-'));
  try {
    const app = await Application.bootstrapWithPlugins({
      plugin: ['typedoc-plugin-markdown'],
      entryPoints: [path.join(here, 'src/index.ts')],
      tsconfig: path.join(here, 'tsconfig.build.json'),
      readme: 'none',
      disableSources: true,
      excludePrivate: true,
      excludeInternal: true,
      excludeExternals: true,
      githubPages: false,
      logLevel: 'Error',
      sort: ['source-order'],
      kindSortOrder: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
      validation: false,
    });
    for (const [option, value] of Object.entries({
      router: 'module',
      hidePageHeader: true,
      hideBreadcrumbs: true,
      hidePageTitle: true,
      hideGroupHeadings: false,
      useCodeBlocks: true,
      expandObjects: true,
      parametersFormat: 'table',
      interfacePropertiesFormat: 'table',
      propertiesFormat: 'table',
      typeDeclarationFormat: 'table',
      propertyMembersFormat: 'table',
      enumMembersFormat: 'table',
      tableColumnSettings: { hideSources: true, hideInherited: true, hideModifiers: true, hideOverrides: true, hideDefaults: true },
    }))
      app.options.setValue(option, value);
    const project = await app.convert();
    if (!project) throw new Error('the typings cannot be read');
    await app.outputs.writeOutput({ name: 'markdown', path: out }, project);
    return tidy(readFileSync(path.join(out, 'README.md'), 'utf8'));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** One page: the introduction, then the typings; no rules between, no trailing blanks. */
function tidy(text) {
  const body = text
    .replace(/^\*\*\*\n+/gm, '')
    .replace(/README\.md#/g, '#')
    .replace(/^#+ (Overrides|Inherited from|Implementation of|Extends)\n+.*\n+/gm, '')
    .replace(/^#+ Returns\n+`(void|Promise`\\<`void`\\>)`?\n+/gm, '')
    // What the signature says already.
    .replace(/^#+ (Returns|Type Parameters)\n+((?!#)[^\n]*\n+)+/gm, (found) => (/\]\(#/.test(found) && !/Type Param/.test(found) ? found : ''))
    .replace(/^#+ Parameters\n+\| Parameter \| Type \|\n[|\- ]+\n((?!#)\|[^\n]*\n)+\n*/gm, (found) => (/\]\(#/.test(found) ? found : ''))
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return `${intro}\n${body}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const text = await render();
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/sdk.md is stale: npm run docs -w sdk');
    process.exit(1);
  }
}
