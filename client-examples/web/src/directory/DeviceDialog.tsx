import { useState } from "react";

import { CreateDeviceDocument, UpdateDeviceDocument, type DeviceKind } from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useSpeech } from "../i18n/language";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { FormDialog } from "../ui/FormDialog";
import { FIELDS, isTold, NOTHING, SECRET, settingsOf, type Typed } from "./deviceSettings";
import type { Device } from "./entries";

const KINDS = Object.keys(FIELDS) as DeviceKind[];

interface Props {
  device: Device | null;
  onClose(): void;
}

/** Makes a device, or changes it: what is left empty of a device that there is stays as it is. */
export function DeviceDialog({ device, onClose }: Props) {
  const { t } = useSpeech();
  const change = useChange();
  const [name, setName] = useState(device?.name ?? "");
  const [kind, setKind] = useState<DeviceKind>(device?.kind ?? "LOOPBACK");
  const [typed, setTyped] = useState<Typed>(NOTHING);
  const [secrets, setSecrets] = useState<string[]>([]);

  const save = async () => {
    if (device) {
      const settings = isTold(kind, typed) ? settingsOf(kind, typed) : {};
      const input = { deviceId: device.id, name, ...settings };
      return (await change(UpdateDeviceDocument, input)).problem;
    }
    const { data, problem } = await change(CreateDeviceDocument, { name, ...settingsOf(kind, typed) });
    const { verifyToken, signingSecret } = data?.createDevice ?? {};
    const made = [verifyToken, signingSecret].filter((each) => typeof each === "string");
    if (problem === null && made.length === 0) onClose();
    setSecrets(made);
    return problem;
  };
  if (secrets.length > 0) return <Secrets secrets={secrets} onClose={onClose} />;
  return (
    <FormDialog
      title={t(device ? "device" : "newDevice")}
      onSave={save}
      onClose={onClose}
      staysOpen={device === null}
    >
      <Field label={t("name")} value={name} onChange={setName} dir="auto" autoFocus required />
      {device === null && (
        <label className="field">
          {t("kind")}
          <select value={kind} onChange={(event) => setKind(event.target.value as DeviceKind)}>
            {KINDS.map((each) => (
              <option key={each} value={each}>
                {t(`device_${each}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      {FIELDS[kind].map((field) => (
        <Field
          key={field}
          label={t(`device_${field}`)}
          type={SECRET.has(field) ? "password" : "text"}
          autoComplete="off"
          dir="ltr"
          value={typed[field]}
          required={device === null}
          placeholder={device ? t("staysAsItIs") : undefined}
          onChange={(text) => setTyped({ ...typed, [field]: text })}
        />
      ))}
    </FormDialog>
  );
}

/** What was made for the other side: it is shown this once. */
function Secrets({ secrets, onClose }: { secrets: string[]; onClose(): void }) {
  const { t } = useSpeech();
  return (
    <Dialog title={t("device")} onClose={onClose}>
      <p>{t("shownOnce")}</p>
      {secrets.map((secret) => (
        <p key={secret}>
          <code className="secret" dir="ltr">
            {secret}
          </code>
        </p>
      ))}
    </Dialog>
  );
}
