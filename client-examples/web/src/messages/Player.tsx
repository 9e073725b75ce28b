import { useState } from "react";

import { useSpeech } from "../i18n/language";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { sizeInWords } from "../ui/sizes";
import type { KeptAttachment } from "./attachments";
import { useFile, useSave } from "./files";
import { SavedFile } from "./SavedFile";

/** Sound or film. It is fetched when it is first wanted, and played from memory, where any place can be sought. */
export function Player({ media }: { media: KeptAttachment }) {
  const { t, locale } = useSpeech();
  const { path, fileName, size, mediaType } = media;
  const [isWanted, setWanted] = useState(false);
  const { address, failed } = useFile(isWanted ? path : null);
  const [isUnknown, setUnknown] = useState(false);
  const save = useSave();
  if (failed || isUnknown) {
    return <SavedFile file={media} words={t("attachmentBroken", { name: fileName })} />;
  }
  if (address === null) {
    return (
      <button
        type="button"
        className="attachment"
        aria-busy={isWanted}
        onClick={() => setWanted(true)}
      >
        <Icon name="play" />
        <bdi className="attachment-name">{isWanted ? t("loading") : t("playFile", { name: fileName })}</bdi>
        {size !== null && <span className="quiet">{sizeInWords(size, locale)}</span>}
      </button>
    );
  }
  const Element = mediaType.startsWith("audio/") ? "audio" : "video";
  return (
    <div className="player">
      <Element
        src={address}
        controls
        autoPlay
        preload="metadata"
        aria-label={fileName}
        onError={() => setUnknown(true)}
      />
      <IconButton
        icon="download"
        label={t("saveFile", { name: fileName })}
        onClick={() => void save(path, fileName).catch(() => setUnknown(true))}
      />
    </div>
  );
}
