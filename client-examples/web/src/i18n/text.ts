/** A text, or one for each plural form that the language has. */
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;

export type Values = Record<string, string | number>;

/** `{name}` in a text is replaced by the value of that name; plural forms go by `count`. */
export function format(text: Text, values: Values, language: string): string {
  const template = typeof text === "string" ? text : plural(text, Number(values.count), language);
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

function plural(forms: Exclude<Text, string>, count: number, language: string): string {
  return forms[new Intl.PluralRules(language).select(count)] ?? forms.other ?? "";
}

/** Names as the language strings them together, such as "Ana, Ben and Cleo". */
export function listed(names: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { type: "conjunction" }).format(names);
}
