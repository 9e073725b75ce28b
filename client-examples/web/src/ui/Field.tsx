import type { InputHTMLAttributes } from "react";

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, "value" | "onChange"> {
  label: string;
  value: string;
  onChange(value: string): void;
}

/** A line of text with its label. */
export function Field({ label, onChange, ...rest }: Props) {
  return (
    <label className="field">
      {label}
      <input {...rest} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}
