import { post } from "./http";

/** Variables of an example, as JSON; a text such as `"$conversationId"` in them is a placeholder. */
export type Variables = Record<string, unknown>;

const PLACEHOLDER = /"\$(\w+)"/g;

/** Each asks for one object that is there; file `name.graphql` serves the placeholder `$name`. */
const LOOKUPS = import.meta.glob<string>("./lookups/*.graphql", {
  eager: true,
  query: "?raw",
  import: "default",
});

const MADE: Record<string, () => string> = {
  newKey: () => Array.from(crypto.getRandomValues(new Uint8Array(12)), hex).join(""),
  inOneHour: () => new Date(Date.now() + 3_600_000).toISOString(),
  timeZone: () => Intl.DateTimeFormat().resolvedOptions().timeZone,
};

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** The text for the variables' editor, with its placeholders filled; "" stands for what was not found. */
export async function fill(
  template: Variables,
  endpoint: string,
  token: string | null,
): Promise<string> {
  const text = JSON.stringify(template, null, 2);
  const names = new Set(Array.from(text.matchAll(PLACEHOLDER), ([, name = ""]) => name));
  const pairs = Array.from(names, async (name) => {
    const query = LOOKUPS[`./lookups/${name}.graphql`];
    const value = query === undefined ? MADE[name]?.() : await firstId(endpoint, token, query);
    return [name, value ?? ""] as const;
  });
  const values = new Map(await Promise.all(pairs));
  return text.replace(PLACEHOLDER, (_, name: string) => JSON.stringify(values.get(name)));
}

async function firstId(
  endpoint: string,
  token: string | null,
  query: string,
): Promise<string | null> {
  try {
    return findId((await post(endpoint, token, { query })).data);
  } catch {
    return null; // the example is opened all the same; running it will say what is wrong
  }
}

/** The first `id` in an answer, however deep. */
function findId(data: unknown): string | null {
  if (typeof data !== "object" || data === null) return null;
  if ("id" in data && typeof data.id === "string") return data.id;
  for (const part of Object.values(data)) {
    const id = findId(part);
    if (id !== null) return id;
  }
  return null;
}
