export interface Choices {
  title: string;
  timezone: string;
  dateOrder: string;
  me: string;
}

export type Upload =
  | { state: "done"; importId: string }
  | { state: "refused"; problem: string }
  /** Nobody answered. */
  | { state: "cut" };

interface Options {
  file: File;
  choices: Choices;
  token: string | null;
  /** The part that was sent, from 0 to 1. */
  onProgress(share: number): void;
  signal: AbortSignal;
}

/** Sends a file of any size to POST /imports. (`fetch` does not tell how much was sent.) */
export function upload({ file, choices, token, onProgress, signal }: Options): Promise<Upload> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/imports?${uploadQuery(file.name, choices)}`);
    request.setRequestHeader("authorization", `Bearer ${token ?? ""}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => resolve(answerOf(request.status, request.responseText));
    request.onerror = () => resolve({ state: "cut" });
    request.onabort = () => resolve({ state: "cut" });
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** The address's query: what is empty is left to the server to find out. */
export function uploadQuery(name: string, choices: Choices): string {
  const given = Object.entries(choices).filter(([, value]) => value !== "");
  return new URLSearchParams([["name", name], ...given]).toString();
}

export function answerOf(status: number, text: string): Upload {
  try {
    const answer = JSON.parse(text) as { id?: string; errors?: { message: string }[] };
    if (status === 201 && answer.id) return { state: "done", importId: answer.id };
    return { state: "refused", problem: answer.errors?.[0]?.message ?? `${status}` };
  } catch {
    return { state: "refused", problem: `${status}` };
  }
}
