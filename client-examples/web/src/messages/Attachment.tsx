import { useEffect, useState } from "react";

import { useSpeech } from "../i18n/language";
import { useSession } from "../session/session";
import { Icon } from "../ui/Icon";
import type { Message } from "./window";

type AttachmentFields = Message["attachments"][number];

const PICTURES = new Set(["IMAGE", "STICKER", "GIF"]);

export function Attachment({ attachment }: { attachment: AttachmentFields }) {
  const { t } = useSpeech();
  const { kind, fileName, path, thumbnailPath } = attachment;
  const shown = thumbnailPath ?? (PICTURES.has(kind) ? path : null);
  const [address, failed] = useFile(shown);
  const [isBroken, setBroken] = useState(false);
  if (path === null) return <Missing words={t("attachmentLeftOut", { name: fileName })} />;
  if (failed || isBroken) return <Missing words={t("attachmentBroken", { name: fileName })} />;
  if (shown === null) return <File path={path} fileName={fileName} size={attachment.size} />;
  const { width, height } = attachment;
  return (
    <img
      className="picture"
      src={address ?? undefined}
      alt={fileName}
      width={width ?? undefined}
      height={height ?? undefined}
      onError={() => setBroken(true)}
    />
  );
}

function Missing({ words }: { words: string }) {
  return (
    <p className="attachment attachment-missing">
      <Icon name="file" />
      <bdi>{words}</bdi>
    </p>
  );
}

function File({ path, fileName, size }: { path: string; fileName: string; size: number | null }) {
  const { t, locale } = useSpeech();
  const { token } = useSession();
  const [failed, setFailed] = useState(false);
  const save = async () => {
    const address = await fetchFile(path, token()).catch(() => null);
    setFailed(address === null);
    if (address === null) return;
    const link = document.createElement("a");
    link.href = address;
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" className="attachment" onClick={() => void save()}>
      <Icon name="file" />
      <bdi>{failed ? t("attachmentBroken", { name: fileName }) : fileName}</bdi>
      {size !== null && <span className="quiet">{sizeInWords(size, locale)}</span>}
    </button>
  );
}

/** The address of a file in memory: files are fetched with the token, which no <img> could send. */
function useFile(path: string | null): [string | null, boolean] {
  const { token } = useSession();
  const [address, setAddress] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (path === null) return;
    let isGone = false;
    let made: string | null = null;
    fetchFile(path, token()).then(
      (found) => {
        made = found;
        if (isGone) URL.revokeObjectURL(found);
        else setAddress(found);
      },
      () => setFailed(true),
    );
    return () => {
      isGone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [path, token]);
  return [address, failed];
}

async function fetchFile(path: string, token: string | null): Promise<string> {
  const response = await fetch(path, { headers: { authorization: `Bearer ${token ?? ""}` } });
  if (!response.ok) throw new Error(`${response.status}`);
  return URL.createObjectURL(await response.blob());
}

export function sizeInWords(bytes: number, locale: string): string {
  const [value, unit] =
    bytes >= 1e6 ? [bytes / 1e6, "megabyte"] : [Math.max(1, bytes / 1e3), "kilobyte"];
  const options = { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale, options).format(value);
}
