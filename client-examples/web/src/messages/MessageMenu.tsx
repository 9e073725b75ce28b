import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";

import { useSpeech } from "../i18n/language";
import { useViewer } from "../session/session";
import { Icon, type IconName } from "../ui/Icon";
import { mayDelete, mayEdit, mayWrite } from "./actions";
import type { Message } from "./window";

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const GAP = 6;

interface Props {
  message: Message;
  button: HTMLElement;
  onReact(emoji: string): void;
  onReply(): void;
  onEdit(): void;
  onBookmark(): void;
  onDelete(): void;
  onClose(): void;
}

/** What can be done with a message: above everything, by the button that opened it. */
export function MessageMenu(props: Props) {
  const { message, button, onClose } = props;
  const { t } = useSpeech();
  const viewer = useViewer();
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

  const choose = (action: () => void) => () => {
    onClose();
    action();
  };
  const item = (icon: IconName, words: string, action: () => void) => (
    <button type="button" role="menuitem" tabIndex={-1} onClick={choose(action)}>
      <Icon name={icon} flips={icon === "reply"} />
      {words}
    </button>
  );
  return (
    <div
      ref={menu}
      className="menu"
      popover="auto"
      role="menu"
      aria-label={t("messageActions")}
      style={corner}
      onKeyDown={moveFocus}
      onToggle={(event) => {
        if (event.newState === "closed") onClose();
      }}
    >
      {mayWrite(viewer) && message.deletedAt === null && (
        <div className="menu-emojis" role="group" aria-label={t("react")}>
          {EMOJIS.map((emoji) => (
            <button
              key={emoji}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={choose(() => props.onReact(emoji))}
            >
              {emoji}
            </button>
          ))}
        </div>
      )}
      {mayWrite(viewer) && item("reply", t("reply"), props.onReply)}
      {item("bookmark", t(message.bookmarked ? "removeBookmark" : "addBookmark"), props.onBookmark)}
      {mayEdit(message, viewer) && item("edit", t("edit"), props.onEdit)}
      {mayDelete(message, viewer) && item("trash", t("delete"), props.onDelete)}
    </div>
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
