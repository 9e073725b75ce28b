import { useEffect, useState } from "react";
import { useMutation } from "urql";

import { PreviewArchiveDocument, type DateOrder, type PreviewArchiveMutation } from "../generated/graphql";
import { useSpeech } from "../i18n/language";
import { problemOf } from "../ui/problems";
import type { Choices } from "./upload";

export type Preview = NonNullable<PreviewArchiveMutation["previewArchive"]["preview"]>;

/** The server takes files to look into up to 64 MB; larger ones are imported without a look. */
export const LARGEST_PREVIEW = 60_000_000;

/** Looks into a file anew whenever a choice changes that the report depends on. */
export function usePreview(file: File, { timezone, dateOrder }: Choices) {
  const { t } = useSpeech();
  const [{ fetching }, look] = useMutation(PreviewArchiveDocument);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (file.size > LARGEST_PREVIEW) return;
    let isGone = false;
    const input = { timezone, dateOrder: (dateOrder || null) as DateOrder | null };
    void look({ file, input }).then(({ data, error }) => {
      if (isGone) return;
      setProblem(problemOf(error, data?.previewArchive.userErrors, t));
      setPreview(data?.previewArchive.preview ?? null);
    });
    return () => {
      isGone = true;
    };
  }, [file, timezone, dateOrder, look, t]);
  return { preview, problem, isLooking: fetching };
}
