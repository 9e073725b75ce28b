import { post } from "./http";

/** Variables of an example, as JSON; `$name` in a text of theirs is a placeholder. */
export type Variables = Record<string, unknown>;

/** Variables as the editor shows them. */
export interface Filled {
  text: string;
  /** Names of placeholders that nothing was found for; "" stands in their places. */
  missing: string[];
}

const PLACEHOLDER = /\$(\w+)/g;
const HOUR = 3_600_000;

/** File `name.graphql` serves the placeholder `$name`: with the first text of its answer. */
const LOOKUPS = import.meta.glob<string>("./lookups/*.graphql", {
  eager: true,
  query: "?raw",
  import: "default",
});

const MADE: Record<string, () => string> = {
  newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), hex).join(""),
  sixDigits: () => String(Math.floor(Math.random() * 1_000_000)).padStart(6, "0"),
  inOneHour: () => new Date(Date.now() + HOUR).toISOString(),
  inTwoHours: () => new Date(Date.now() + 2 * HOUR).toISOString(),
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
};

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** Fills the placeholders with what is there on the server and what is made on the spot. */
export async function fill(
  template: Variables,
  endpoint: string,
  token: string | null,
): Promise<Filled> {
  const text = JSON.stringify(template, null, 2);
  const names = new Set(Array.from(text.matchAll(PLACEHOLDER), ([, name = ""]) => name));
  const pairs = Array.from(names, async (name) => {
    const query = LOOKUPS[`./lookups/${name}.graphql`];
    const value = query === undefined ? MADE[name]?.() : await lookUp(endpoint, token, query);
    return [name, value ?? ""] as const;
  });
  const values = new Map(await Promise.all(pairs));
  return {
    // The value stands within a JSON text already, so its own quotation marks go.
    text: text.replace(PLACEHOLDER, (_, name: string) =>
      JSON.stringify(values.get(name)).slice(1, -1),
    ),
    missing: Array.from(names).filter((name) => values.get(name) === ""),
  };
}

async function lookUp(
  endpoint: string,
  token: string | null,
  query: string,
): Promise<string | null> {
  try {
    return firstText((await post(endpoint, token, { query })).data);
  } catch {
    return null; // the example is opened all the same; running it will say what is wrong
  }
}

/** The first text in an answer, however deep. */
function firstText(data: unknown): string | null {
  if (typeof data === "string") return data;
  if (typeof data !== "object" || data === null) return null;
  for (const part of Object.values(data)) {
    const text = firstText(part);
    if (text !== null) return text;
  }
  return null;
}
