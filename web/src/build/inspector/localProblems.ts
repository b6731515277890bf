/** What a person should know of a draft and the API does not say: credentials that a run would miss, and inputs of the same name. */
import type { Blocks } from "@/blocks/blocks";
import { credentialIdOf, requirementOf } from "@/credentials/fitting";
import type { GraphDocument } from "@/graph/document";
import { linksOf } from "@/graph/links";
import { pinWords } from "@/graph/words";
import type { NodeProblem } from "../store";

export function localProblems(document: GraphDocument, blocks: Blocks): NodeProblem[] {
  return [...missingCredentials(document, blocks), ...sameNames(document, blocks)];
}

function missingCredentials(document: GraphDocument, blocks: Blocks): NodeProblem[] {
  const links = linksOf(document);
  return document.nodes.flatMap((node) => {
    if (node.is_disabled === true || node.metadata.credentials_optional === true) return [];
    const schema = blocks.get(node.block_id)?.inputSchema;
    return Object.entries(schema?.properties ?? {}).flatMap(([pin, one]): NodeProblem[] => {
      const isRequired = schema?.required?.includes(pin) ?? false;
      if (!one.credentials_provider || !isRequired || one.credentials_demo || credentialIdOf(node.input_default[pin])) return [];
      if (links.sinks.get(node.id)?.has(pin)) return [];
      const deciding = typeof one.discriminator === "string" ? (node.input_default[one.discriminator] ?? schema?.properties?.[one.discriminator]?.default) : undefined;
      const { providers } = requirementOf(one, true, deciding);
      return [{ code: "NO_CREDENTIAL", message: `It needs a credential of ${providers.slice(0, 3).map(pinWords).join(" or ")}.`, remedy: "Choose one here, or when a run is started.", severity: "WARNING", nodeId: node.id, pin }];
    });
  });
}

/** Two inputs of one name are one input to a run: the later one's default counts. */
function sameNames(document: GraphDocument, blocks: Blocks): NodeProblem[] {
  const seen = new Map<string, string>();
  return document.nodes.flatMap((node): NodeProblem[] => {
    const kind = blocks.get(node.block_id)?.kind;
    const name = node.input_default.name;
    if ((kind !== "INPUT" && kind !== "OUTPUT") || typeof name !== "string" || !name) return [];
    const key = `${kind} ${name}`;
    const isTwice = seen.has(key);
    seen.set(key, node.id);
    return isTwice ? [{ code: "SAME_NAME", message: `Another ${kind.toLowerCase()} has the name “${name}”, too.`, remedy: kind === "INPUT" ? "A run gives both the same value. Name one differently if that is not meant." : "A run's outputs stand together under that name.", severity: "WARNING", nodeId: node.id, pin: "name" }] : [];
  });
}
