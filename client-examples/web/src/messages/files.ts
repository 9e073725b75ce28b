import { useCallback, useEffect, useState } from "react";

import { useSession, type Session } from "../session/session";

/** Fetches a file with the token, which no element of the page could send. Throws where there is none. */
export async function fetchFile(
  path: string,
  { token, renew }: Pick<Session, "token" | "renew">,
): Promise<Blob> {
  const used = token();
  let response = await request(path, used);
  if (response.status === 401) {
    if (token() === used) await renew();
    response = await request(path, token());
  }
  if (!response.ok) throw new Error(`${response.status}`);
  return response.blob();
}

function request(path: string, token: string | null): Promise<Response> {
  return fetch(path, { headers: { authorization: `Bearer ${token ?? ""}` } });
}

interface FileInMemory {
  /** Null until the file has come. */
  address: string | null;
  failed: boolean;
}

/** A file that is shown from memory for as long as it is used; none for no path. */
export function useFile(path: string | null): FileInMemory {
  const { token, renew } = useSession();
  const [address, setAddress] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (path === null) return;
    let isGone = false;
    let made: string | null = null;
    fetchFile(path, { token, renew }).then(
      (file) => {
        if (!isGone) setAddress((made = URL.createObjectURL(file)));
      },
      () => setFailed(true),
    );
    return () => {
      isGone = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [path, token, renew]);
  return { address, failed };
}

/** Gives the function that hands a file to the browser to be kept under its name. */
export function useSave(): (path: string, fileName: string) => Promise<void> {
  const { token, renew } = useSession();
  return useCallback(
    async (path, fileName) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await fetchFile(path, { token, renew }));
      link.download = fileName;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    [token, renew],
  );
}
