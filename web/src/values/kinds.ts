/** What a value is shown as. Pure: it looks at the value itself and at what the API says of it, and fetches nothing. */
import { isObject } from "@/graph/document";
import type { Json } from "@/graph/document";
import type { ValuePartsFragment } from "./value.generated";

export type Mode = "markdown" | "json" | "code" | "table" | "image" | "audio" | "video" | "file" | "text";
export type ShownFile = NonNullable<ValuePartsFragment["file"]>;
/** A value as pages have it. `json` is absent for one that is kept apart and was not fetched yet. */
export type ShownValue = Pick<ValuePartsFragment, "preview" | "size" | "type" | "isInline"> & {
  json?: unknown;
  valueUrl?: string | null;
  file?: ShownFile | null;
};

const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Rows and columns that a table shows; more is said in words. */
export const ROWS_MAX = 500;
export const COLUMNS_MAX = 40;

/** What a media type is shown as. SVG and HTML never are: they are files to download. */
export function modeOfMedia(mediaType: string): "image" | "audio" | "video" | "file" {
  if (PICTURES.includes(mediaType)) return "image";
  if (mediaType.startsWith("audio/")) return "audio";
  return mediaType.startsWith("video/") ? "video" : "file";
}

const DATA_URI = /^data:([\w.+-]+\/[\w.+-]+)[;,]/;

/** The media type of a text that is a whole `data:` URI of base64, which alone is shown from where it stands. */
export function dataUriType(text: string): string | null {
  const found = DATA_URI.exec(text.slice(0, 200));
  return found ? (found[1] ?? "").toLowerCase() : null;
}

/** A list of objects that mostly have the same few names, or a list of lists of plain values. */
export function isTable(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const some = value.slice(0, 50);
  if (some.every(isObject)) {
    const names = new Set(some.flatMap((row) => Object.keys(row as object)));
    const cells = some.reduce<number>((sum, row) => sum + Object.keys(row as object).length, 0);
    return names.size > 0 && names.size <= COLUMNS_MAX && cells >= (names.size * some.length) / 2;
  }
  return value.length > 1 && some.every((row) => Array.isArray(row) && row.length > 0 && row.length <= COLUMNS_MAX && row.every((cell) => !isObject(cell) && !Array.isArray(cell)));
}

const MARKDOWN = /^(#{1,6} |[-*+] \S|\d+\. \S|> \S|```|\|.+\|)|\*\*[^*\n]+\*\*|\[[^\]\n]+\]\((https?:|mailto:)/m;

/** Whether a text reads as Markdown: it has at least one mark that plain prose has not. */
export const isMarkdown = (text: string): boolean => MARKDOWN.test(text.slice(0, 20_000));

const CODE = /^\s*(<!doctype|<\?xml|<html|<svg|import |from \S+ import |def |class |function |const |let |SELECT |#!\/)/i;

/** How a value is shown where nobody says how. */
export function modeOf(json: unknown, file?: ShownFile | null): Mode {
  if (file) return modeOfMedia(file.mediaType);
  if (typeof json === "string") {
    const type = dataUriType(json);
    if (type) return modeOfMedia(type);
    if (CODE.test(json)) return "code";
    return isMarkdown(json) ? "markdown" : "text";
  }
  if (isTable(json)) return "table";
  return typeof json === "object" && json !== null ? "json" : "text";
}

/** The modes that one value may be looked at in, the natural one first. */
export function modesFor(json: unknown, file?: ShownFile | null): Mode[] {
  const natural = modeOf(json, file);
  const others: Mode[] = typeof json === "string" ? (file || dataUriType(json) ? ["text"] : ["text", "markdown", "code"]) : typeof json === "object" && json !== null ? ["json", "code"] : [];
  return [natural, ...others.filter((one) => one !== natural)];
}

/** The columns of a table, in the order of their first appearance. */
export function columnsOf(rows: Json[]): string[] {
  const found = new Set<string>();
  for (const row of rows.slice(0, ROWS_MAX)) {
    if (Array.isArray(row)) row.forEach((_, index) => found.add(String(index)));
    else if (isObject(row)) Object.keys(row).forEach((name) => found.add(name));
    if (found.size >= COLUMNS_MAX) break;
  }
  return [...found].slice(0, COLUMNS_MAX);
}

export function cellOf(row: Json, column: string): Json | undefined {
  return Array.isArray(row) ? row[Number(column)] : isObject(row) ? row[column] : undefined;
}

/** A value as plain text: a string as it is, all else as indented JSON. */
export function asText(json: unknown): string {
  return typeof json === "string" ? json : (JSON.stringify(json, null, 2) ?? "");
}

/** The address to fetch, on this host: the API gives it with the address that it is known by outside. */
export function pathOf(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { pathname } = new URL(url, "http://here");
    return /^\/(files|values)\//.test(pathname) ? pathname : null;
  } catch {
    return null;
  }
}

/** Only addresses of these kinds become links; `javascript:` and all else stay text. */
export function safeLink(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol } = new URL(url);
    return ["http:", "https:", "mailto:"].includes(protocol) ? url : null;
  } catch {
    return null;
  }
}
