import type { CombinedError } from "urql";

import type { UserErrorFieldsFragment } from "../generated/graphql";
import type { Translate } from "../i18n/language";

/** What went wrong with a change, in words; null when all went well. */
export function problemOf(
  error: CombinedError | undefined,
  userErrors: readonly UserErrorFieldsFragment[] | undefined,
  t: Translate,
): string | null {
  if (error?.networkError) return t("serverAway");
  return error?.graphQLErrors[0]?.message ?? userErrors?.[0]?.message ?? null;
}
