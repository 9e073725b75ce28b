import { useState } from "react";

import { useSpeech } from "../i18n/language";
import { Icon } from "../ui/Icon";
import { sizeInWords } from "../ui/sizes";
import type { KeptAttachment } from "./attachments";
import { useSave } from "./files";

interface Props {
  file: KeptAttachment;
  /** What is said of it; its name, if left out. */
  words?: string;
}

/** A file that a click saves under its name. */
export function SavedFile({ file: { path, fileName, size }, words = fileName }: Props) {
  const { t, locale } = useSpeech();
  const save = useSave();
  const [failed, setFailed] = useState(false);
  const press = () =>
    void save(path, fileName).then(
      () => setFailed(false),
      () => setFailed(true),
    );
  return (
    <button type="button" className="attachment" title={t("saveFile", { name: fileName })} onClick={press}>
      <Icon name="download" />
      <bdi className="attachment-name">{failed ? t("notSaved", { name: fileName }) : words}</bdi>
      {size !== null && <span className="quiet">{sizeInWords(size, locale)}</span>}
    </button>
  );
}
