/** What a listing's form holds, and what is wrong with it before it is sent. Pure; the API checks the same in `api/graphql/market_texts.py`. */
import type { ListingTexts } from "@/data/schema.generated";

export type TextsForm = { slug: string; name: string; subheading: string; description: string; instructions: string; changes: string; categories: string; media: string };
export type TextsErrors = Partial<Record<keyof TextsForm, string>>;

export const CATEGORIES_MAX = 5;
export const MEDIA_MAX = 10;

/** A name for addresses, made of a title. */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");

const listed = (text: string, between: RegExp): string[] => [...new Set(text.split(between).map((one) => one.trim()).filter(Boolean))];

export const isSlug = (text: string): boolean => /^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$/.test(text);

export function readTexts(form: TextsForm, { needsSlug }: { needsSlug: boolean }): { texts: ListingTexts; errors: TextsErrors } {
  const texts: ListingTexts = {
    name: form.name.trim(),
    subheading: form.subheading.trim(),
    description: form.description,
    instructions: form.instructions,
    changes: form.changes,
    categories: listed(form.categories.toLowerCase(), /[,\n]/),
    media: listed(form.media, /\s+/),
  };
  const errors: TextsErrors = {};
  if (!texts.name) errors.name = "Give it a name.";
  if (needsSlug && !isSlug(form.slug)) errors.slug = "Give 2 to 60 small letters, digits and hyphens.";
  if ((texts.categories?.length ?? 0) > CATEGORIES_MAX) errors.categories = `At most ${CATEGORIES_MAX}.`;
  if ((texts.media?.length ?? 0) > MEDIA_MAX) errors.media = `At most ${MEDIA_MAX}.`;
  else if (texts.media?.some((one) => !one.startsWith("https://"))) errors.media = "Each must begin with https://.";
  return { texts, errors };
}

type Said = { name: string; subheading: string; description: string; instructions?: string | null; changes: string; categories: readonly string[]; media: readonly string[] };

/** What the form holds for what a version says; of a new version the changes are still to be told. */
export const writeTexts = (said: Said, { isNew }: { isNew: boolean }): TextsForm => ({
  slug: "",
  name: said.name,
  subheading: said.subheading,
  description: said.description,
  instructions: said.instructions ?? "",
  changes: isNew ? "" : said.changes,
  categories: said.categories.join(", "),
  media: said.media.join("\n"),
});
