import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const COMPRESSIBLE = /\.(css|js|svg|ttf)$/;
const LEAST_BYTES = 1_024;
/** Higher ones take seconds for an editor of megabytes and save little more. */
const BROTLI_QUALITY = 9;

/**
 * A plugin of Vite: it lays a compressed twin, .br and .gz, beside each built file, and the server
 * sends that as it is.
 */
export function compressed() {
  return {
    name: "parley-compressed",
    apply: "build" as const,
    writeBundle: async ({ dir = "dist" }: { dir?: string }) => {
      const names = await readdir(dir, { recursive: true });
      await Promise.all(names.filter((name) => COMPRESSIBLE.test(name)).map((name) => twins(join(dir, name))));
    },
  };
}

async function twins(path: string): Promise<void> {
  if ((await stat(path)).size < LEAST_BYTES) return;
  const content = await readFile(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params }));
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}
