/** Part of a text, counted in code points as the server counts: `end` is not part of it. */
export interface TextRange {
  start: number;
  end: number;
}

export interface Segment {
  text: string;
  isMatch: boolean;
}

/** The text cut where ranges begin and end. Ranges may come in any order, touch and overlap. */
export function segments(text: string, ranges: readonly TextRange[]): Segment[] {
  const points = [...text];
  const matches = new Uint8Array(points.length);
  for (const { start, end } of ranges) matches.fill(1, Math.max(0, start), Math.max(0, end));
  const found: Segment[] = [];
  let from = 0;
  for (let at = 1; at <= points.length; at++) {
    if (at < points.length && matches[at] === matches[from]) continue;
    found.push({ text: points.slice(from, at).join(""), isMatch: matches[from] === 1 });
    from = at;
  }
  return found;
}

const BEFORE = 60;
const LENGTH = 240;

/** A part of a long text around its first match, with the ranges moved along. */
export function excerpt(
  text: string,
  ranges: readonly TextRange[],
): { text: string; ranges: TextRange[] } {
  const points = [...text];
  if (points.length <= LENGTH) return { text, ranges: [...ranges] };
  const first = ranges.reduce((least, { start }) => Math.min(least, start), points.length);
  const start = first === points.length ? 0 : Math.max(0, first - BEFORE);
  const lead = start > 0 ? "…" : "";
  const tail = start + LENGTH < points.length ? "…" : "";
  const moved = ranges.map((range) => ({
    start: range.start - start + lead.length,
    end: Math.min(range.end - start, LENGTH) + lead.length,
  }));
  const kept = moved.filter((range) => range.end > range.start && range.start >= lead.length);
  return { text: lead + points.slice(start, start + LENGTH).join("") + tail, ranges: kept };
}
