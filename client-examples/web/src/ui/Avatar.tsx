const HUES = 12;

/** A disc with the first letter of a name, always of the same colour for the same name. */
export function Avatar({ name, isPresent = false }: { name: string; isPresent?: boolean }) {
  return (
    <span className={`avatar hue-${hueOf(name)}`} aria-hidden="true">
      {initial(name)}
      {isPresent && <span className="avatar-present" />}
    </span>
  );
}

export function hueOf(name: string): number {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}

function initial(name: string): string {
  const [first] = name.trim().match(/\p{L}|\p{N}|\p{Extended_Pictographic}/u) ?? [];
  return (first ?? "•").toLocaleUpperCase();
}
