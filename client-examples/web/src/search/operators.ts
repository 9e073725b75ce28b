import type { Key } from "../i18n/language";

export interface Suggestion {
  /** What takes the place of the word at the cursor. */
  text: string;
  hint: Key;
}

const FIELDS: Suggestion[] = [
  { text: "from:", hint: "operatorFrom" },
  { text: "in:", hint: "operatorIn" },
  { text: "before:", hint: "operatorBefore" },
  { text: "after:", hint: "operatorAfter" },
  { text: "on:", hint: "operatorOn" },
  { text: "has:", hint: "operatorHas" },
  { text: "is:", hint: "operatorIs" },
  { text: "kind:", hint: "operatorKind" },
  { text: '"…"', hint: "operatorPhrase" },
  { text: "-", hint: "operatorNot" },
  { text: "OR", hint: "operatorOr" },
];

/** What a field takes, where that is a short list. */
const VALUES: Record<string, string[]> = {
  has: ["link", "media", "reaction", "image", "video", "audio", "document", "location"],
  is: ["bookmarked", "edited"],
  kind: ["text", "image", "video", "audio", "document", "location", "poll", "notice"],
  from: ["me"],
};

interface Word {
  text: string;
  start: number;
}

/** The word that ends at the cursor; inside of quotation marks there is none. */
export function wordAt(query: string, cursor: number): Word | null {
  const before = query.slice(0, cursor);
  if ((before.match(/"/g)?.length ?? 0) % 2 === 1) return null;
  const start = before.search(/\S*$/);
  return { text: before.slice(start), start };
}

/** What could be meant by the word at the cursor: an operator, or a value of one. */
export function suggestionsFor(query: string, cursor: number): Suggestion[] {
  const word = wordAt(query, cursor);
  if (word === null) return [];
  const [field = "", value] = word.text.toLowerCase().split(":");
  if (value === undefined) {
    return FIELDS.filter(({ text }) => text.toLowerCase().startsWith(field) && text !== word.text);
  }
  return (VALUES[field] ?? [])
    .filter((each) => each.startsWith(value) && each !== value)
    .map((each) => ({ text: `${field}:${each}`, hint: "operatorValue" }));
}

/** The query with the suggestion in it, and where the cursor is then. */
export function applied(query: string, cursor: number, { text }: Suggestion): [string, number] {
  const start = wordAt(query, cursor)?.start ?? cursor;
  const isOpen = /[:\-]$/.test(text) || text === '"…"';
  const added = text === '"…"' ? '""' : isOpen ? text : `${text} `;
  const next = query.slice(0, start) + added + query.slice(cursor);
  return [next, start + added.length - (text === '"…"' ? 1 : 0)];
}

/** The query with one more condition, unless it has it. */
export function narrowed(query: string, term: string): string {
  return query.includes(term) ? query : `${query.trim()} ${term}`;
}
