/** A label as a dot of its colour; its name is read aloud, and shown when the pointer rests on it. */
export function LabelDot({ name, color }: { name: string; color: string }) {
  return (
    <span className="label-dot" style={{ background: color }} title={name}>
      <span className="unseen">{name}</span>
    </span>
  );
}
