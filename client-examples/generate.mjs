// Types of an example's documents, from the SDL: `node ../generate.mjs` in the example's folder
// writes src/generated/. Documents become strings with `--strings`, else parsed documents.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';

const OUTPUT = 'src/generated/';
const strings = process.argv.includes('--strings');

const names = (await readdir('operations')).filter((name) => name.endsWith('.graphql')).sort();
const documents = await Promise.all(
  names.map(async (name) => {
    const location = `operations/${name}`;
    const rawSDL = await readFile(location, 'utf8');
    return { location, rawSDL, document: parse(rawSDL) };
  }),
);
const sections = await preset.buildGeneratesSection({
  baseOutputDir: OUTPUT,
  schema: parse(await readFile(new URL('../schema/schema.graphql', import.meta.url), 'utf8')),
  documents,
  config: {
    ...(strings && { documentMode: 'string' }),
    useTypeImports: true,
    enumsAsTypes: true,
    importExtension: '.js',
    scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown', Base64: 'string', Upload: 'File' },
  },
  presetConfig: { fragmentMasking: false },
  plugins: [],
  pluginMap: {},
  pluginContext: {},
  documentTransforms: [],
});
await mkdir(OUTPUT, { recursive: true });
for (const section of sections) await writeFile(section.filename, await codegen(section));
