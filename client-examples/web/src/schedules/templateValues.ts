import type { TemplateFieldsFragment, VariableType } from "../generated/graphql";

type Variable = TemplateFieldsFragment["variables"][number];

/** The kind of field in which a value of each type is typed. */
export const INPUT_TYPES: Record<VariableType, string> = {
  TEXT: "text",
  NUMBER: "text",
  CURRENCY: "text",
  DATE: "date",
  DATETIME: "datetime-local",
  URL: "url",
};

/** What the server is told for what was typed; what makes no sense goes as it is, and is refused there. */
export function valueOf(type: VariableType, typed: string): unknown {
  if (type === "CURRENCY") {
    const [amount, currency = ""] = typed.trim().split(/\s+/);
    return { amount, currency: currency.toUpperCase() };
  }
  if (type !== "DATETIME") return typed;
  const moment = new Date(typed);
  return Number.isNaN(moment.getTime()) ? typed : moment.toISOString();
}

/** The values of those variables that something was typed for. */
export function valuesOf(
  variables: readonly Variable[],
  typed: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const filled = variables.flatMap(({ name, type }) => {
    const text = typed[name] ?? "";
    return text === "" ? [] : [[name, valueOf(type, text)] as const];
  });
  return Object.fromEntries(filled);
}

/** What a field shows while nothing is typed: what stands in, or how a value looks. */
export function hintOf({ type, default: preset, example }: Variable): string {
  const shown: unknown = preset ?? example;
  if (typeof shown === "string" || typeof shown === "number") return String(shown);
  return type === "CURRENCY" ? "12.50 EUR" : "";
}
