import type { Viewer } from "./session";

export function mayWrite({ role }: Viewer): boolean {
  return role !== "VIEWER";
}

export function isAdministrator({ role }: Viewer): boolean {
  return role === "OWNER" || role === "ADMIN";
}
