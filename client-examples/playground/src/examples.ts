import areas from "./examples/examples.json";
import type { Variables } from "./variables";

/** A ready operation of the menu; `variables` may hold placeholders, see variables.ts. */
export interface Example {
  title: string;
  about: string;
  document: string;
  variables: Variables | null;
}

export interface Area {
  area: string;
  examples: Example[];
}

interface Entry {
  title: string;
  about: string;
  file: string;
  variables?: Variables;
}

const documents = import.meta.glob<string>("./examples/*.graphql", {
  eager: true,
  query: "?raw",
  import: "default",
});

function toExample({ title, about, file, variables }: Entry): Example {
  const document = documents[`./examples/${file}`];
  if (document === undefined) throw new Error(`examples.json names ${file}, which is not there.`);
  return { title, about, document, variables: variables ?? null };
}

export const AREAS: Area[] = (areas as { area: string; examples: Entry[] }[]).map(
  ({ area, examples }) => ({ area, examples: examples.map(toExample) }),
);

/** The examples in which all these words are, in any case; areas without one are left out. */
export function matching(words: string): Area[] {
  const wanted = words.toLowerCase().split(/\s+/);
  const areas = AREAS.map(({ area, examples }) => ({
    area,
    examples: examples.filter(({ title, about, document }) => {
      const text = `${area} ${title} ${about} ${document}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    }),
  }));
  return areas.filter(({ examples }) => examples.length > 0);
}

const DOCUMENTS = new Set(
  AREAS.flatMap(({ examples }) => examples.map(({ document }) => document)),
);

/** Whether an editor's text may be replaced without losing anything that somebody wrote. */
export function isUntouched(query: string): boolean {
  return query.trim() === "" || DOCUMENTS.has(query);
}
