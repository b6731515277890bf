/** Constants in a few words, as a node shows them beside its pins. */
import type { Json } from "@/graph/document";
import type { Pin } from "@/graph/pins";

const SHOWN_MAX = 60;

export type Short = { text: string; isDefault: boolean; isMissing: boolean };

export function shortOf(pin: Pin, constant: Json | undefined): Short {
  if (pin.isCredential) return credential(pin, constant);
  const isOwn = constant !== undefined && constant !== null && constant !== "";
  const value = isOwn ? constant : (pin.schema.default ?? null);
  if (value === null || value === "") return { text: "", isDefault: false, isMissing: pin.isRequired };
  if (pin.isSecret) return { text: "••••••", isDefault: !isOwn, isMissing: false };
  return { text: textOf(value), isDefault: !isOwn, isMissing: false };
}

function credential(pin: Pin, constant: Json | undefined): Short {
  const given = constant && typeof constant === "object" && !Array.isArray(constant) ? constant : null;
  if (given?.id) return { text: String(given.title ?? "") || "Chosen", isDefault: false, isMissing: false };
  return { text: pin.isRequired ? "Choose one" : "None", isDefault: true, isMissing: false };
}

export function textOf(value: Json): string {
  const text =
    typeof value === "string"
      ? value
      : typeof value === "boolean"
        ? value ? "Yes" : "No"
        : Array.isArray(value) && value.length === 0
          ? ""
          : value && typeof value === "object" && Object.keys(value).length === 0
            ? ""
            : JSON.stringify(value);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line;
}
