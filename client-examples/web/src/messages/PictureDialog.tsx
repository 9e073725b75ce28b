import { useState } from "react";

import { useSpeech } from "../i18n/language";
import { Dialog } from "../ui/Dialog";
import type { KeptAttachment } from "./attachments";
import { useFile } from "./files";
import { SavedFile } from "./SavedFile";

/** A picture as large as it is, or as the window allows, and the way to keep it. */
export default function PictureDialog({ picture, onClose }: { picture: KeptAttachment; onClose(): void }) {
  const { t } = useSpeech();
  const { address, failed } = useFile(picture.path);
  const [isBroken, setBroken] = useState(false);
  const { fileName } = picture;
  const isMissing = failed || isBroken;
  return (
    <Dialog title={fileName} className="picture-dialog" onClose={onClose}>
      {address === null || isMissing ? (
        <p className="quiet">{isMissing ? t("attachmentBroken", { name: fileName }) : t("loading")}</p>
      ) : (
        <img className="picture-large" src={address} alt={fileName} onError={() => setBroken(true)} />
      )}
      <SavedFile file={picture} words={t("saveFile", { name: fileName })} />
    </Dialog>
  );
}
