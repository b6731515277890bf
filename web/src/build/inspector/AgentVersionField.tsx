/** Which version of another agent a node runs: one that stays, or whichever is active when the run comes to it. */
import { ExternalLink } from "lucide-react";
import { Link } from "react-router";
import { useQuery } from "urql";
import type { GraphNode, JsonObject } from "@/graph/document";
import { updateNode } from "@/graph/edits";
import { SelectField, Toggle } from "@/ui/fields";
import { useEditor } from "../store";
import { type UsedAgentQuery, UsedAgentDocument } from "./agent.generated";

type Version = NonNullable<UsedAgentQuery["graph"]>["versions"]["nodes"][number];

/** The API's id of an agent that a node names as files do (`api/graphql/ids.py`). */
export const agentIdOf = (uuid: string): string => btoa(`Graph:${uuid}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

export function AgentVersionField({ node }: { node: GraphNode }) {
  const { change, isReadOnly } = useEditor.getState();
  const uuid = typeof node.input_default.graph_id === "string" ? node.input_default.graph_id : "";
  const [{ data, fetching }] = useQuery({ query: UsedAgentDocument, variables: { id: agentIdOf(uuid) }, pause: uuid === "", requestPolicy: "cache-and-network" });
  const agent = data?.graph;
  const versions = agent?.versions.nodes ?? [];
  const number = typeof node.input_default.graph_version === "number" ? node.input_default.graph_version : null;
  const follows = node.follows_active === true || number === null;
  const active = agent?.activeVersion?.number;
  const set = (version: Version | undefined, isFollowing: boolean) =>
    change("Choose the agent’s version", (now) =>
      updateNode(now, node.id, (one) => ({
        ...one,
        follows_active: isFollowing,
        // Its inputs and outputs are the pins of this node.
        input_default: version ? { ...one.input_default, graph_version: version.number, input_schema: version.inputSchema as JsonObject, output_schema: version.outputSchema as JsonObject } : one.input_default,
      })),
    );
  if (!agent) {
    return fetching ? null : <p role="alert" className="text-sm text-warn">The agent that this node runs is not here: it was deleted, or its file came without it.</p>;
  }
  return (
    <section aria-label="Agent" className="flex flex-col gap-3 rounded-lg border border-line p-3">
      <Link to={`/build/${agent.id}`} className="flex items-center gap-1.5 text-sm font-medium break-words underline">{agent.name}<ExternalLink className="size-3.5 shrink-0" aria-hidden /></Link>
      <Toggle label="Always run its active version" help="A version that is published later counts at once. Its inputs may be others then." isDisabled={isReadOnly} isOn={follows} onChange={(isOn) => set(versions.find((one) => one.number === (isOn ? active : (number ?? active))), isOn)} />
      {!follows && (
        <SelectField
          label="Version"
          disabled={isReadOnly}
          value={String(number)}
          onChange={(next) => set(versions.find((one) => String(one.number) === next), false)}
          options={[
            ...(versions.some((one) => one.number === number) ? [] : [{ value: String(number), label: `Version ${number} (not here)` }]),
            ...versions.map((one) => ({ value: String(one.number), label: `Version ${one.number}${one.name ? `: ${one.name}` : ""}${one.number === active ? " (active)" : ""}` })),
          ]}
        />
      )}
      {!follows && active !== undefined && number !== null && number < active && <p className="text-xs text-muted">Version {active} is active by now.</p>}
    </section>
  );
}
