import { useState } from "react";

import { timeZones } from "../browser/timeZones";
import {
  AddContactIdentityDocument,
  CreateContactDocument,
  RemoveContactIdentityDocument,
  UpdateContactDocument,
  type IdentityKind,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { IconButton } from "../ui/Button";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import type { Contact } from "./entries";

const KINDS = ["PHONE", "EMAIL", "WHATSAPP_USER", "WALLET"] as const satisfies IdentityKind[];

interface Props {
  contact: Contact | null;
  onClose(): void;
}

export function ContactDialog({ contact, onClose }: Props) {
  const { t } = useSpeech();
  const change = useChange();
  const [name, setName] = useState(contact?.name ?? "");
  const [locale, setLocale] = useState(contact?.locale ?? "");
  const [timeZone, setTimeZone] = useState(contact?.timeZone ?? "");
  const [optedOut, setOptedOut] = useState((contact?.optedOutAt ?? null) !== null);
  const [kind, setKind] = useState<IdentityKind>("PHONE");
  const [value, setValue] = useState("");

  const save = async () => {
    const details = { name, locale: locale.trim() || null, timeZone: timeZone || null };
    const identity = { kind, value };
    if (contact === null) {
      const identities = value === "" ? [] : [identity];
      return (await change(CreateContactDocument, { ...details, identities })).problem;
    }
    const contactId = contact.id;
    const updated = await change(UpdateContactDocument, { contactId, ...details, optedOut });
    if (updated.problem !== null || value === "") return updated.problem;
    const input = { contactId, identity, primary: false };
    return (await change(AddContactIdentityDocument, input)).problem;
  };
  return (
    <FormDialog title={t(contact ? "contact" : "newContact")} onSave={save} onClose={onClose}>
      <Field label={t("name")} value={name} onChange={setName} dir="auto" autoFocus required />
      <div className="form-columns">
        <Field label={t("languageTag")} value={locale} onChange={setLocale} dir="ltr" placeholder="pt-BR" />
        <label>
          {t("timeZone")}
          <select value={timeZone} onChange={(event) => setTimeZone(event.target.value)}>
            <option value="">{t("nobody")}</option>
            {timeZones().map((zone) => (
              <option key={zone}>{zone}</option>
            ))}
          </select>
        </label>
      </div>
      {contact && <Identities contact={contact} />}
      <div className="form-columns">
        <label>
          {t("knownBy")}
          <select value={kind} onChange={(event) => setKind(event.target.value as IdentityKind)}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`identity_${each}`)}
              </option>
            ))}
          </select>
        </label>
        <Field label={t(`identity_${kind as (typeof KINDS)[number]}`)} value={value} onChange={setValue} dir="ltr" />
      </div>
      {contact && (
        <label className="check">
          <input
            type="checkbox"
            checked={optedOut}
            onChange={(event) => setOptedOut(event.target.checked)}
          />
          {t("optedOut")}
        </label>
      )}
    </FormDialog>
  );
}

/** What the contact is known by already; each can be taken away at once. */
function Identities({ contact }: { contact: Contact }) {
  const { t } = useSpeech();
  const change = useChange();
  const [removed, setRemoved] = useState<string[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const remove = async (identityId: string) => {
    const outcome = await change(RemoveContactIdentityDocument, { identityId });
    setProblem(outcome.problem);
    if (outcome.problem === null) setRemoved((old) => [...old, identityId]);
  };
  return (
    <ul className="entry-parts">
      {contact.identities
        .filter(({ id }) => !removed.includes(id))
        .map(({ id, value }) => (
          <li key={id}>
            <bdi dir="ltr">{value}</bdi>
            <IconButton icon="close" label={t("removeNamed", { name: value })} onClick={() => void remove(id)} />
          </li>
        ))}
      {problem && <li className="problem">{problem}</li>}
    </ul>
  );
}
