import type { ButtonHTMLAttributes, Ref } from "react";

import { Icon, type IconName } from "./Icon";

type Attributes = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "aria-label">;

interface IconButtonProps extends Attributes {
  icon: IconName;
  /** What it does, in words: read aloud, and shown when the pointer rests on it. */
  label: string;
  /** Mirrored where the text runs from right to left. */
  flips?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, flips, className = "", ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} flips={flips} />
    </button>
  );
}

interface ButtonProps extends Attributes {
  look?: "primary" | "plain" | "danger";
  icon?: IconName;
}

export function Button({ look = "plain", icon, children, className = "", ...rest }: ButtonProps) {
  return (
    <button type="button" className={`button button-${look} ${className}`} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
