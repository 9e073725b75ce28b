import { useEffect, useRef, useState } from "react";

import { useSpeech } from "../i18n/language";
import { useSession } from "../session/session";
import { upload, type Choices } from "./upload";

/** Sends a file when it is started; whoever leaves before it has arrived breaks it off. */
export function useUpload(file: File, choices: Choices, onStarted: () => void) {
  const { t } = useSpeech();
  const { token } = useSession();
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = async () => {
    setShare(0);
    setProblem(null);
    const { signal } = (running.current = new AbortController());
    const result = await upload({ file, choices, token: token(), onProgress: setShare, signal });
    setShare(null);
    if (result.state === "done") onStarted();
    else setProblem(result.state === "cut" ? t("serverAway") : result.problem);
  };
  return { share, problem, start: () => void start() };
}
