import type { TemplateVariableInput } from "../generated/graphql";

const PLACE = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;

/** The variables that a text has places for. What is known of one already stays; others are texts. */
export function variablesOf(
  body: string,
  known: readonly TemplateVariableInput[],
): TemplateVariableInput[] {
  const names = new Set([...body.matchAll(PLACE)].map(([, name = ""]) => name));
  return [...names].map((name) => {
    const found = known.find((each) => each.name === name);
    if (!found) return { name, type: "TEXT", required: true };
    const { type, required, default: preset, example } = found;
    return { name, type, required, default: preset, example };
  });
}
