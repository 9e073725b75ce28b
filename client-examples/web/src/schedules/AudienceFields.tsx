import type { AudiencesQuery } from "../generated/graphql";
import { useSpeech } from "../i18n/language";

/** Whom it goes to, and through what where it is no conversation of ours. */
export interface Audience {
  kind: "conversation" | "group" | "contact";
  id: string;
  deviceId: string | null;
}

interface Props {
  audience: Audience;
  choices: AudiencesQuery | undefined;
  onChange(id: string, deviceId: string | null): void;
}

export function AudienceFields({ audience: { kind, id: chosen, deviceId }, choices, onChange }: Props) {
  const { t } = useSpeech();
  const groups = choices?.recipientGroups.nodes ?? [];
  const contacts = choices?.contacts.nodes ?? [];
  return (
    <>
      <label className="field">
        {t("recipients")}
        <select value={chosen} onChange={(event) => onChange(event.target.value, deviceId)}>
          <optgroup label={t("conversations")}>
            {choices?.conversations.nodes.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </optgroup>
          {groups.length > 0 && (
            <optgroup label={t("groups")}>
              {groups.map(({ id, name, size }) => (
                <option key={id} value={id}>
                  {name} ({size})
                </option>
              ))}
            </optgroup>
          )}
          {contacts.length > 0 && (
            <optgroup label={t("contacts")}>
              {contacts.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </label>
      {kind !== "conversation" && (
        <label className="field">
          {t("device")}
          <select value={deviceId ?? ""} onChange={(event) => onChange(chosen, event.target.value)}>
            {choices?.devices.nodes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

/** What was chosen, or the first of what there is; its id is empty where there is nothing. */
export function audienceOf(
  choices: AudiencesQuery | undefined,
  chosen: string,
  device: string | null,
): Audience {
  const { conversations, recipientGroups, contacts } = choices ?? {};
  const lists: readonly (readonly { id: string }[] | undefined)[] = [
    conversations?.nodes,
    recipientGroups?.nodes,
    contacts?.nodes,
  ];
  const id = chosen || lists.flatMap((nodes) => nodes ?? [])[0]?.id || "";
  const deviceId = device ?? choices?.devices.nodes[0]?.id ?? null;
  const isOf = (nodes: readonly { id: string }[] = []) => nodes.some((node) => node.id === id);
  if (isOf(recipientGroups?.nodes)) return { kind: "group", id, deviceId };
  if (isOf(contacts?.nodes)) return { kind: "contact", id, deviceId };
  return { kind: "conversation", id, deviceId };
}

/** The part of the input that says so. */
export function addressOf({ kind, id, deviceId }: Audience) {
  if (kind === "group") return { recipientGroupId: id, deviceId };
  if (kind === "contact") return { contactIds: [id], deviceId };
  return { conversationId: id };
}
