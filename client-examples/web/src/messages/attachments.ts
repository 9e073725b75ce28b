import type { Message } from "./window";

export type AttachmentFields = Message["attachments"][number];
/** One whose content is there. */
export type KeptAttachment = AttachmentFields & { path: string };

export function isKept(attachment: AttachmentFields): attachment is KeptAttachment {
  return attachment.path !== null;
}
