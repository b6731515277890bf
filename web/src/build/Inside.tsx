/** The agents within this one, opened in place: only to look at; what is an agent of one's own has its own builder. */
import { ChevronRight, ExternalLink, X } from "lucide-react";
import { useMemo } from "react";
import { useQuery } from "urql";
import type { Blocks } from "@/blocks/blocks";
import { AgentCanvas } from "@/canvas/AgentCanvas";
import { told } from "@/data/errors";
import type { GraphDocument, GraphNode } from "@/graph/document";
import { nodeOf } from "@/graph/edits";
import { isAgent, titleOf } from "@/graph/pins";
import { whole } from "@/graph/whole";
import { IconButton, LinkButton } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/states";
import { useCanvasUi } from "./canvas/ui";
import { InsideActiveDocument, InsideAgentDocument } from "./inside.generated";
import { useEditor } from "./store";

type Step = { nodeId: string; title: string };

export function Inside({ blocks }: { blocks: Blocks }) {
  const path = useCanvasUi((state) => state.inside);
  const document = useEditor((state) => state.document);
  const [first, ...rest] = path;
  if (first === undefined || !nodeOf(document, first)) return null;
  return (
    <div className="absolute inset-0 z-20 flex flex-col bg-page" role="region" aria-label="An agent within this one" onKeyDown={(event) => event.key === "Escape" && go(path.slice(0, -1))}>
      <Level blocks={blocks} document={document} bundled={document.sub_graphs ?? []} nodeId={first} rest={rest} before={[]} rootName={document.name} />
    </div>
  );
}

const go = (inside: readonly string[]) => useCanvasUi.getState().open({ inside });

type LevelProps = { blocks: Blocks; document: GraphDocument; bundled: GraphDocument[]; nodeId: string; rest: readonly string[]; before: Step[]; rootName: string };

/** One step of the path: finds the agent of a node, in the file or at the API, and shows it or goes on. */
function Level(props: LevelProps) {
  const node = nodeOf(props.document, props.nodeId);
  const graphId = String(node?.input_default.graph_id ?? "");
  const bundled = props.bundled.find((one) => one.id === graphId);
  if (!node || !isAgent(node) || !graphId) return <Nothing path={props.before} />;
  if (bundled) return <Shown {...props} node={node} inner={bundled} own={null} />;
  return <Fetched {...props} node={node} graphId={graphId} />;
}

/** The id in GraphQL of the agent that a file names by its UUID. */
const globalId = (uuid: string): string => btoa(`Graph:${uuid}`).replace(/=+$/, "");

function Fetched({ node, graphId, ...props }: LevelProps & { node: GraphNode; graphId: string }) {
  const number = node.follows_active ? null : node.input_default.graph_version;
  const isNumbered = typeof number === "number";
  const id = globalId(graphId);
  const [numbered] = useQuery({ query: InsideAgentDocument, variables: { graphId: id, number: isNumbered ? number : 1 }, pause: !isNumbered });
  const [active] = useQuery({ query: InsideActiveDocument, variables: { graphId: id }, pause: isNumbered });
  const answer = isNumbered ? numbered : active;
  const version = isNumbered ? numbered.data?.graphVersion : active.data?.graph?.activeVersion;
  if (answer.error) return <Failed errors={told(answer.error)} />;
  if (version) return <Shown {...props} node={node} inner={whole(version.document)} own={version.graph?.id ?? null} />;
  return answer.fetching || !answer.data ? <Loading text="Opening the agent" /> : <Nothing path={props.before} />;
}

function Shown({ blocks, inner, own, node, nodeId, rest, before, bundled, rootName }: LevelProps & { node: GraphNode; inner: GraphDocument; own: string | null }) {
  const steps = useMemo(() => [...before, { nodeId, title: titleOf(node, blocks.get(node.block_id)) }], [before, nodeId, node, blocks]);
  const [next, ...others] = rest;
  if (next !== undefined) {
    return <Level blocks={blocks} document={inner} bundled={[...bundled, ...(inner.sub_graphs ?? [])]} nodeId={next} rest={others} before={steps} rootName={rootName} />;
  }
  const open = (id: string | null) => {
    const chosen = nodeOf(inner, id);
    if (chosen && isAgent(chosen)) go([...steps.map((step) => step.nodeId), chosen.id]);
  };
  return (
    <>
      <header className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-3 py-1.5">
        <Breadcrumb rootName={rootName} steps={steps} />
        <span className="flex-1 text-xs text-muted">Only to look at. Choose an agent in it to look inside that one.</span>
        {own && <LinkButton to={`/build/${own}`} isSmall icon={<ExternalLink className="size-3.5" aria-hidden />}>Edit this agent</LinkButton>}
        <IconButton autoFocus label="Back to the agent" shortcut="Esc" isSmall icon={<X className="size-4" aria-hidden />} onClick={() => go([])} />
      </header>
      <div className="min-h-0 flex-1">
        <AgentCanvas key={inner.id} document={inner} blocks={blocks} onSelect={open} label={`The agent ${inner.name}`} />
      </div>
    </>
  );
}

function Breadcrumb({ rootName, steps }: { rootName: string; steps: Step[] }) {
  return (
    <nav aria-label="Where you are">
      <ol className="flex flex-wrap items-center gap-1 text-sm">
        <li><button type="button" className="rounded px-1 underline hover:bg-sunken" onClick={() => go([])}>{rootName}</button></li>
        {steps.map((step, at) => (
          <li key={step.nodeId} className="flex items-center gap-1">
            <ChevronRight className="size-3.5 text-muted" aria-hidden />
            {at === steps.length - 1 ? <span aria-current="page" className="font-semibold">{step.title}</span> : <button type="button" className="rounded px-1 underline hover:bg-sunken" onClick={() => go(steps.slice(0, at + 1).map((one) => one.nodeId))}>{step.title}</button>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

const Nothing = ({ path }: { path: Step[] }) => (
  <Empty title="This agent is not here" text="It was deleted, or it is not yours to see. Choose another agent for this node.">
    <button type="button" autoFocus className="underline" onClick={() => go(path.map((step) => step.nodeId))}>Back</button>
  </Empty>
);
