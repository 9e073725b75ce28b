export interface Fact {
  label: string;
  value: string;
}

/** As many as fit under a result; the whole is shown on demand. */
const MOST = 12;

/** The single figures in a part of `extensions`, such as `cost` or `cost.limit`; lists are counted. */
export function facts(label: string, part: unknown): Fact[] {
  if (part === undefined || part === null) return [];
  if (Array.isArray(part)) return [{ label, value: String(part.length) }];
  if (typeof part !== "object") return [{ label, value: String(part) }];
  const found = Object.entries(part).flatMap(([name, value]) => facts(`${label}.${name}`, value));
  return found.slice(0, MOST);
}
