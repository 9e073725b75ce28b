import { lazy, Suspense, useState } from "react";

import { useSpeech } from "../i18n/language";
import { Icon } from "../ui/Icon";
import { isKept, type AttachmentFields, type KeptAttachment } from "./attachments";
import { useFile } from "./files";
import { Player } from "./Player";
import { SavedFile } from "./SavedFile";

const PictureDialog = lazy(() => import("./PictureDialog"));

const PICTURES = new Set(["IMAGE", "STICKER", "GIF"]);

/** What came with a message: shown, played, or there to be saved. */
export function Attachment({ attachment }: { attachment: AttachmentFields }) {
  const { t } = useSpeech();
  if (!isKept(attachment)) {
    return (
      <p className="attachment attachment-missing">
        <Icon name="file" />
        <bdi>{t("attachmentLeftOut", { name: attachment.fileName })}</bdi>
      </p>
    );
  }
  const { kind, mediaType, thumbnailPath } = attachment;
  if (thumbnailPath !== null || PICTURES.has(kind)) return <Picture picture={attachment} />;
  if (/^(audio|video)\//.test(mediaType)) return <Player media={attachment} />;
  return <SavedFile file={attachment} />;
}

/** A picture, which is opened large by a click. */
function Picture({ picture }: { picture: KeptAttachment }) {
  const { t } = useSpeech();
  const { fileName, path, thumbnailPath, width, height } = picture;
  const { address, failed } = useFile(thumbnailPath ?? path);
  const [isBroken, setBroken] = useState(false);
  const [isOpen, setOpen] = useState(false);
  if (failed || isBroken) {
    return <SavedFile file={picture} words={t("attachmentBroken", { name: fileName })} />;
  }
  return (
    <>
      <button type="button" className="picture-button" title={t("openPicture")} onClick={() => setOpen(true)}>
        <img
          className="picture"
          src={address ?? undefined}
          alt={fileName}
          width={width ?? undefined}
          height={height ?? undefined}
          onError={() => setBroken(true)}
        />
      </button>
      {isOpen && (
        <Suspense>
          <PictureDialog picture={picture} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
