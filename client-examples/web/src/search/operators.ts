import type { Key } from "../i18n/language";

export interface Suggestion {
  /** What takes the place of the word at the cursor; one writes on where it has an ellipsis. */
  text: string;
  hint?: Key;
}

/** What is known by name: people for `from:`, conversations for `in:`. */
export interface Names {
  from: readonly string[];
  in: readonly string[];
}

export const NO_NAMES: Names = { from: [], in: [] };

const FIELDS: Suggestion[] = [
  { text: "from:", hint: "operatorFrom" },
  { text: "in:", hint: "operatorIn" },
  { text: "before:", hint: "operatorBefore" },
  { text: "after:", hint: "operatorAfter" },
  { text: "on:", hint: "operatorOn" },
  { text: "has:", hint: "operatorHas" },
  { text: "is:", hint: "operatorIs" },
  { text: "kind:", hint: "operatorKind" },
  { text: "lang:", hint: "operatorLang" },
  { text: '"…"', hint: "operatorPhrase" },
  { text: "…*", hint: "operatorPrefix" },
  { text: "-", hint: "operatorNot" },
  { text: "OR", hint: "operatorOr" },
];

/** What a field takes, where that is a short list; of languages, those that many write. */
const VALUES: Record<string, string> = {
  has: "link media reaction image video audio document location",
  is: "bookmarked edited",
  kind: "text image video audio document sticker gif contact location poll media notice encrypted",
  lang: "ar de en es fr hi id it ja ko nl pl pt ru sv tr uk zh",
};
const MOST_NAMES = 8;
const FIELD = /^(-?(\w+):)(.*)$/;
/** All that the server takes for a quotation mark (docs/search.md). */
const QUOTATION_MARKS = /["“”„«»]/g;

interface Word {
  text: string;
  start: number;
}

/** The word that ends at the cursor; inside of quotation marks there is none, but for a field's value. */
export function wordAt(query: string, cursor: number): Word | null {
  const before = query.slice(0, cursor);
  const isQuoted = (before.match(/"/g)?.length ?? 0) % 2 === 1;
  const start = before.search(isQuoted ? /(?<!\S)-?\w+:"[^"]*$/ : /\S*$/);
  return start < 0 ? null : { text: before.slice(start), start };
}

/** What could be meant by the word at the cursor: an operator, or a value of one. */
export function suggestionsFor(query: string, cursor: number, names: Names = NO_NAMES): Suggestion[] {
  const word = wordAt(query, cursor)?.text;
  if (word === undefined) return [];
  const [, prefix = "", field = "", value = ""] = FIELD.exec(word.toLowerCase()) ?? [];
  if (prefix === "") {
    return FIELDS.filter(({ text }) => text.toLowerCase().startsWith(word.toLowerCase()) && text !== word);
  }
  return valuesOf(field, value, names)
    .map((each) => ({ text: prefix + each }))
    .filter(({ text }) => text.toLowerCase() !== word.toLowerCase());
}

/** Whether names would help with the word at the cursor. */
export function asksForNames(query: string, cursor: number): boolean {
  return /^-?(from|in):/i.test(wordAt(query, cursor)?.text ?? "");
}

function valuesOf(field: string, value: string, names: Names): string[] {
  if (field === "from" || field === "in") {
    const own = field === "from" && "me".startsWith(value) ? ["me"] : [];
    const wanted = folded(value.replace('"', ""));
    const found = [...new Set(names[field])].filter((name) => folded(name).includes(wanted));
    return [...own, ...found.slice(0, MOST_NAMES).map(quoted)];
  }
  return (VALUES[field]?.split(" ") ?? []).filter((each) => each.startsWith(value));
}

/** Without case and accents, which do not matter to a search. */
function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A name as the value of a field. A quotation mark cannot stand within; it means nothing in a name. */
export function quoted(name: string): string {
  return `"${name.replace(QUOTATION_MARKS, " ").trim()}"`;
}

/** The query with the suggestion in it, and where the cursor is then. */
export function applied(query: string, cursor: number, { text }: Suggestion): [string, number] {
  const word = wordAt(query, cursor);
  const start = word?.start ?? cursor;
  const hole = text.indexOf("…");
  const isOpen = hole >= 0 || /[:\-]$/.test(text);
  const added = isOpen ? text.replace("…", "") : `${text} `;
  // The second mark of a value that was quoted already.
  const rest = query.slice(cursor).replace(word?.text.includes('"') ? /^"? ?/ : /^/, "");
  return [query.slice(0, start) + added + rest, start + (hole >= 0 ? hole : added.length)];
}

/** The query with one more condition, unless it has it. */
export function narrowed(query: string, term: string): string {
  return ` ${query} `.includes(` ${term} `) ? query : `${query.trim()} ${term}`;
}
