const TOKEN = /\\\{\{|\{\{\s*([\w.]+)\s*(?:\|.*?)?\}\}/gs;

/** A piece of a schedule's text; `place` names the value that is put there for each recipient. */
export interface Piece {
  text: string;
  place: string | null;
}

interface Worded {
  body: string;
  templateId: string | null;
}

/** The text of a schedule, cut where a template's values go. One's own words have no such places. */
export function piecesOf({ body, templateId }: Worded): Piece[] {
  if (templateId === null) return [{ text: body, place: null }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: token, 1: place, index } of body.matchAll(TOKEN)) {
    pieces.push({ text: body.slice(end, index), place: null });
    pieces.push(place === undefined ? { text: "{{", place: null } : { text: "…", place });
    end = index + token.length;
  }
  pieces.push({ text: body.slice(end), place: null });
  return pieces.filter(({ text }) => text !== "");
}

/** The text in one line of plain words, with an ellipsis for each value. */
export function outline(schedule: Worded): string {
  return piecesOf(schedule).map(({ text }) => text).join("");
}
