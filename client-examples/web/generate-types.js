/**
 * Writes src/generated/ from the schema and the .graphql files in src/: a typed document for each
 * operation, by the client preset of GraphQL Code Generator, and for the cache which types there
 * are of each interface.
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { preset } from "@graphql-codegen/client-preset";
import { codegen } from "@graphql-codegen/core";
import { buildASTSchema, isAbstractType, parse } from "graphql";

const SCHEMA = new URL("../../schema/schema.graphql", import.meta.url);
const SOURCE = new URL("src/", import.meta.url).pathname;
const OUTPUT = join(SOURCE, "generated/");
const CONFIG = {
  useTypeImports: true,
  enumsAsTypes: true,
  scalars: { ID: "string", Date: "string", DateTime: "string", JSON: "unknown", Base64: "string", Upload: "File" },
};

async function documents() {
  const names = await readdir(SOURCE, { recursive: true });
  const files = names.filter((name) => name.endsWith(".graphql")).sort();
  return Promise.all(
    files.map(async (name) => {
      const location = join(SOURCE, name);
      const rawSDL = await readFile(location, "utf8");
      return { location, rawSDL, document: parse(rawSDL) };
    }),
  );
}

/** Interface or union → the types that it may be. */
function possibleTypes(document) {
  const schema = buildASTSchema(document);
  const abstract = Object.values(schema.getTypeMap()).filter(isAbstractType);
  return Object.fromEntries(
    abstract.map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
  );
}

const schema = parse(await readFile(SCHEMA, "utf8"));
const sections = await preset.buildGeneratesSection({
  baseOutputDir: OUTPUT,
  schema,
  documents: await documents(),
  config: CONFIG,
  presetConfig: { fragmentMasking: false },
  plugins: [],
  pluginMap: {},
  pluginContext: {},
  documentTransforms: [],
});
await mkdir(OUTPUT, { recursive: true });
for (const section of sections) {
  await writeFile(section.filename, await codegen(section));
}
await writeFile(join(OUTPUT, "possibleTypes.json"), JSON.stringify(possibleTypes(schema)));
