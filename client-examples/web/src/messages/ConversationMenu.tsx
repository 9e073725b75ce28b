import { useQuery } from "urql";

import {
  AddLabelDocument,
  LabelsDocument,
  RemoveLabelDocument,
  UpdateConversationSettingsDocument,
  type ConversationFieldsFragment,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { mayWrite } from "../session/roles";
import { useViewer } from "../session/session";
import { Menu, MenuItem } from "../ui/Menu";

interface Props {
  conversation: ConversationFieldsFragment;
  button: HTMLElement;
  onClose(): void;
}

/** What the viewer settles for themselves (pinned, muted, archived), and the labels for all. */
export default function ConversationMenu({ conversation, button, onClose }: Props) {
  const { t } = useSpeech();
  const change = useChange();
  const viewer = useViewer();
  const [{ data }] = useQuery({ query: LabelsDocument, requestPolicy: "cache-and-network" });
  const { id, pinnedAt, muted, archivedAt, labels } = conversation;
  const switches = [
    { icon: "pin", words: t("pin"), isOn: pinnedAt !== null, name: "pinned" },
    { icon: "mute", words: t("mute"), isOn: muted, name: "muted" },
    { icon: "archive", words: t("archive"), isOn: archivedAt !== null, name: "archived" },
  ] as const;

  const settle = (name: "pinned" | "muted" | "archived", isOn: boolean) => {
    onClose();
    void change(UpdateConversationSettingsDocument, { conversationId: id, [name]: isOn });
  };
  const label = (labelId: string, isOn: boolean) => {
    onClose();
    const document = isOn ? AddLabelDocument : RemoveLabelDocument;
    void change<object, { input: { labelId: string; conversationId: string } }>(document, {
      labelId,
      conversationId: id,
    });
  };
  return (
    <Menu label={t("conversationActions")} button={button} onClose={onClose}>
      {switches.map(({ icon, words, isOn, name }) => (
        <MenuItem key={name} icon={icon} isOn={isOn} onChoose={() => settle(name, !isOn)}>
          {words}
        </MenuItem>
      ))}
      {mayWrite(viewer) &&
        data?.labels.map((each) => {
          const isOn = labels.some((own) => own.id === each.id);
          return (
            <MenuItem key={each.id} icon="label" isOn={isOn} onChoose={() => label(each.id, !isOn)}>
              <bdi>{each.name}</bdi>
            </MenuItem>
          );
        })}
    </Menu>
  );
}
