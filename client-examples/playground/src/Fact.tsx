interface Props {
  label: string;
  value: number | string;
  /** What it means, shown when it is pointed at. */
  about: string;
}

/** A figure of the line under the result. */
export function Fact({ label, value, about }: Props) {
  return (
    <span className="result-fact" title={about}>
      {label} <b>{typeof value === "number" ? value.toLocaleString("en") : value}</b>
    </span>
  );
}
