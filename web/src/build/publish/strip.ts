/** A document that may leave: references to credentials keep what kind they are, and lose which one they name. */
import type { GraphDocument, Json, JsonObject } from "@/graph/document";

export function withoutCredentials(document: GraphDocument): GraphDocument {
  return { ...document, nodes: document.nodes.map((node) => ({ ...node, input_default: stripped(node.input_default) as JsonObject })) };
}

const isReference = (value: JsonObject): boolean => typeof value.id === "string" && typeof value.provider === "string" && typeof value.type === "string";

function stripped(value: Json): Json {
  if (Array.isArray(value)) return value.map(stripped);
  if (value === null || typeof value !== "object") return value;
  const { id: _, _credentials_id: __, ...rest } = value;
  const kept = isReference(value) ? rest : "_credentials_id" in value ? { ...rest, ...("id" in value ? { id: value.id as Json } : {}) } : value;
  return Object.fromEntries(Object.entries(kept).map(([key, one]) => [key, stripped(one as Json)]));
}
