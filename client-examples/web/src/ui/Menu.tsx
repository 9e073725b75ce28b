import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { Icon, type IconName } from "./Icon";

const GAP = 6;

interface Props {
  label: string;
  /** What opened it: it gets the focus back. */
  button: HTMLElement;
  onClose(): void;
  children: ReactNode;
}

/** A menu above everything, by the button that opened it. Its items are buttons. */
export function Menu({ label, button, onClose, children }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  const [corner, setCorner] = useState({ top: 0, left: 0 });
  useLayoutEffect(() => {
    const shown = menu.current;
    if (!shown) return;
    shown.showPopover();
    setCorner(cornerBy(button.getBoundingClientRect(), shown.getBoundingClientRect()));
    shown.querySelector("button")?.focus();
  }, [button]);
  useEffect(() => () => button.focus({ preventScroll: true }), [button]);
  return (
    <div
      ref={menu}
      className="menu"
      popover="auto"
      role="menu"
      aria-label={label}
      style={corner}
      onKeyDown={moveFocus}
      onToggle={(event) => {
        if (event.newState === "closed") onClose();
      }}
    >
      {children}
    </div>
  );
}

interface ItemProps {
  icon: IconName;
  flips?: boolean;
  /** Of what is on or off. */
  isOn?: boolean;
  onChoose(): void;
  children: ReactNode;
}

export function MenuItem({ icon, flips, isOn, onChoose, children }: ItemProps) {
  return (
    <button
      type="button"
      role={isOn === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={isOn}
      tabIndex={-1}
      onClick={onChoose}
    >
      <Icon name={icon} flips={flips} />
      <span className="menu-words">{children}</span>
      {isOn && <Icon name="check" />}
    </button>
  );
}

/** Below the button and within the window, or above it where there is no room. */
function cornerBy(button: DOMRect, menu: DOMRect): { top: number; left: number } {
  const below = button.bottom + GAP;
  const fits = below + menu.height < innerHeight;
  const left = Math.min(button.left, innerWidth - menu.width - GAP);
  return { top: fits ? below : button.top - menu.height - GAP, left: Math.max(GAP, left) };
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  event.preventDefault();
  const items = [...event.currentTarget.querySelectorAll("button")];
  const index = items.findIndex((each) => each === document.activeElement);
  items[(index + step + items.length) % items.length]?.focus();
}
