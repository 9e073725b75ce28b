import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import type { IconName } from "../ui/Icon";
import { Menu, MenuItem } from "../ui/Menu";
import { mayDelete, mayEdit } from "./actions";
import type { Message } from "./window";

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface Props {
  message: Message;
  button: HTMLElement;
  onReact(emoji: string): void;
  onOtherReaction(): void;
  onReply(): void;
  onEdit(): void;
  onBookmark(): void;
  onDelete(): void;
  onClose(): void;
}

/** What can be done with a message. */
export function MessageMenu(props: Props) {
  const { message, button, onClose } = props;
  const { t } = useSpeech();
  const viewer = useViewer();
  const choose = (action: () => void) => () => {
    onClose();
    action();
  };
  const item = (icon: IconName, words: string, action: () => void) => (
    <MenuItem icon={icon} flips={icon === "reply"} onChoose={choose(action)}>
      {words}
    </MenuItem>
  );
  return (
    <Menu label={t("messageActions")} button={button} onClose={onClose}>
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
      {mayWrite(viewer) && message.deletedAt === null && item("smile", t("otherEmoji"), props.onOtherReaction)}
      {mayWrite(viewer) && item("reply", t("reply"), props.onReply)}
      {item("bookmark", t(message.bookmarked ? "removeBookmark" : "addBookmark"), props.onBookmark)}
      {mayEdit(message, viewer) && item("edit", t("edit"), props.onEdit)}
      {mayDelete(message, viewer) && item("trash", t("delete"), props.onDelete)}
    </Menu>
  );
}
