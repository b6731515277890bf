/** Names of the code in words for people: of pins, blocks and categories. */
import type { BlockSpec } from "@/blocks/blocks";

const CAPITALS = new Set(["ai", "api", "csv", "html", "http", "https", "id", "ids", "json", "llm", "mcp", "pdf", "rss", "sql", "ui", "url", "urls", "utc", "xml", "crm", "cpu", "gif", "smtp", "iso"]);
const NAMES: Record<string, string> = { github: "GitHub", openai: "OpenAI", linkedin: "LinkedIn", youtube: "YouTube", hubspot: "HubSpot" };

function wordOf(word: string): string {
  const small = word.toLowerCase();
  if (!CAPITALS.has(small)) return NAMES[small] ?? small;
  return small.endsWith("s") && small !== "rss" && small !== "https" ? `${small.slice(0, -1).toUpperCase()}s` : small.toUpperCase();
}

/** "round_result" becomes "Round result", "user_id" "User ID". */
export function pinWords(name: string): string {
  const text = name.split(/[_\s]+/).filter(Boolean).map(wordOf).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A title that was made from the name ("Round Result") reads as the name does; one that a person wrote stays. */
export function pinTitle(name: string, title: string | undefined): string {
  const plain = (text: string) => text.toLowerCase().replace(/[_\s]+/g, "");
  return !title || plain(title) === plain(name) ? pinWords(name) : title;
}

/** "AITextGeneratorBlock" becomes "AI Text Generator". */
export function blockWords(name: string): string {
  const words = name.replace(/Block$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2");
  return words.split(" ").map((word) => NAMES[word.toLowerCase()] ?? word).join(" ").replace("Git Hub", "GitHub").replace("You Tube", "YouTube") || name;
}

export const blockTitle = (block: Pick<BlockSpec, "name">): string => blockWords(block.name);

/** "DEVELOPER_TOOLS" becomes "Developer tools". */
export const categoryWords = (name: string): string => pinWords(name.toLowerCase());

/** What a pin's type is called. */
export const TYPE_WORDS: Record<string, string> = { string: "text", number: "number", boolean: "yes or no", object: "object", array: "list", any: "any value" };
