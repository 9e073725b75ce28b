import {
  ArchiveDeviceDocument,
  ConnectDeviceDocument,
  DevicesDocument,
  DisconnectDeviceDocument,
  type DeviceState,
} from "../generated/graphql";
import { useChange } from "../graphql/useChange";
import { useList } from "../graphql/useList";
import { useSpeech } from "../i18n/language";
import { isAdministrator } from "../session/roles";
import { useViewer } from "../session/session";
import { DeviceDialog } from "./DeviceDialog";
import type { Device } from "./entries";
import { EntryActions, type EntryAction } from "./EntryActions";
import { Section } from "./Section";

const ALL = {};
const TONES: Record<DeviceState, string> = {
  CONNECTED: "good",
  CONNECTING: "live",
  INTERRUPTED: "bad",
  FAILED: "bad",
  DISCONNECTED: "",
};

export default function Devices() {
  const { t } = useSpeech();
  const change = useChange();
  const mayChange = isAdministrator(useViewer());
  const list = useList(DevicesDocument, ({ devices }) => devices, ALL);
  const nodes = list.nodes.filter(({ archivedAt }) => archivedAt === null);

  const actionsOf = ({ id, state }: Device): EntryAction[] => {
    const input = { deviceId: id };
    const connect = async () => (await change(ConnectDeviceDocument, input)).problem;
    const disconnect = async () => (await change(DisconnectDeviceDocument, input)).problem;
    const archive = async () => (await change(ArchiveDeviceDocument, input)).problem;
    return [
      state === "CONNECTED"
        ? { words: "disconnect", run: disconnect }
        : { words: "connect", run: connect },
      { words: "archive", question: "archiveDeviceQuestion", run: archive },
    ];
  };
  return (
    <Section<Device>
      title="devices"
      list={{ ...list, nodes }}
      create={mayChange ? "newDevice" : null}
      row={(device, edit) => (
        <>
          <div className="entry-text">
            <bdi className="entry-name">{device.name}</bdi>
            <p className="quiet">
              {t(`device_${device.kind}`)}{" "}
              <bdi dir="ltr">{device.url ?? device.phoneNumberId ?? ""}</bdi>
            </p>
            {device.webhookPath && (
              <p className="quiet">
                {t("webhook")} <code dir="ltr">{device.webhookPath}</code>
              </p>
            )}
          </div>
          <span className="status" data-tone={TONES[device.state]}>
            {t(`device_${device.state}`)} {device.stateReason}
          </span>
          {mayChange && (
            <EntryActions name={device.name} onEdit={edit} actions={actionsOf(device)} />
          )}
        </>
      )}
      form={(device, close) => <DeviceDialog device={device} onClose={close} />}
    />
  );
}
