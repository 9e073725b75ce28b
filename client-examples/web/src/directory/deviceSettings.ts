import type { CreateDeviceInput, DeviceKind } from "../generated/graphql";

/** What is typed for a device of any kind. */
export interface Typed {
  phoneNumberId: string;
  accessToken: string;
  appSecret: string;
  url: string;
}

export const NOTHING: Typed = { phoneNumberId: "", accessToken: "", appSecret: "", url: "" };

/** Which of it a device of a kind is told. */
export const FIELDS: Record<DeviceKind, readonly (keyof Typed)[]> = {
  LOOPBACK: [],
  WHATSAPP_CLOUD: ["phoneNumberId", "accessToken", "appSecret"],
  HTTP: ["url"],
};
export const SECRET: ReadonlySet<keyof Typed> = new Set(["accessToken", "appSecret"]);

type Settings = Pick<CreateDeviceInput, "loopback" | "whatsapp" | "http">;

/** The settings as mutations take them. What was left empty is not told: of an old device it stays. */
export function settingsOf(kind: DeviceKind, typed: Typed): Settings {
  const given = FIELDS[kind].filter((field) => typed[field] !== "");
  const told = Object.fromEntries(given.map((field) => [field, typed[field]]));
  switch (kind) {
    case "LOOPBACK":
      return { loopback: { delayMs: 0, reorder: false, failEvery: 0, timeOutEvery: 0, perMinute: 0 } };
    case "WHATSAPP_CLOUD":
      return { whatsapp: told };
    case "HTTP":
      return { http: told };
  }
}

/** Whether anything was typed that a device of the kind is told. */
export function isTold(kind: DeviceKind, typed: Typed): boolean {
  return FIELDS[kind].some((field) => typed[field] !== "");
}
