/** One node: what it is, its inputs, what it gives, what happens when it fails, and what people say of it. */
import { CircleAlert, Power, Trash2, TriangleAlert } from "lucide-react";
import type { Blocks, BlockSpec } from "@/blocks/blocks";
import { iconOf } from "@/canvas/categories";
import type { GraphNode } from "@/graph/document";
import { removeNodes, setTitle, toggleDisabled, updateNode } from "@/graph/edits";
import { isAgent, outputPins, titleOf } from "@/graph/pins";
import { blockTitle, categoryWords, TYPE_WORDS } from "@/graph/words";
import { IconButton } from "@/ui/Button";
import { Badge } from "@/ui/Status";
import { TextArea, TextField, Toggle } from "@/ui/fields";
import { Words } from "@/ui/Words";
import { type NodeProblem, useEditor } from "../store";
import { AgentVersionField } from "./AgentVersionField";
import { costWords } from "./costs";
import { FailureFields, saysAnything } from "./FailureFields";
import { NodeForm } from "./NodeForm";
import { PinnedOutput } from "./PinnedOutput";
import { Section } from "./Section";

export function NodeInspector({ node, blocks }: { node: GraphNode; blocks: Blocks }) {
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const problems = useEditor((state) => state.problems);
  const { change } = useEditor.getState();
  const block = blocks.get(node.block_id);
  const update = (label: string, part: Partial<GraphNode>) => change(label, (now) => updateNode(now, node.id, (one) => ({ ...one, ...part })), { merge: `${label}:${node.id}` });
  // What is about the node as a whole; what is about a field stands at that.
  const whole = problems.filter((one) => one.nodeId === node.id && !one.graphId && (!one.pin || one.linkId));
  const hasCredential = Object.values(block?.inputSchema.properties ?? {}).some((one) => one.credentials_provider);
  const setOptional = (isOn: boolean) =>
    change("Change the node", (now) => updateNode(now, node.id, ({ metadata: { credentials_optional: _, ...metadata }, ...one }) => ({ ...one, metadata: isOn ? { ...metadata, credentials_optional: true } : metadata }) as GraphNode));
  return (
    <>
      <Head node={node} block={block} />
      <div className="flex flex-col gap-4 px-4 pb-4">
        {node.is_disabled === true && <p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">This node is switched off: a run leaves it out.</p>}
        {whole.map((one, index) => <WholeProblem key={index} problem={one} />)}
        {block?.disabledReason && <p className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">{block.disabledReason}</p>}
        {isAgent(node) && <AgentVersionField node={node} />}
        <div data-fields>{block || isAgent(node) ? <NodeForm node={node} blocks={blocks} /> : <p className="text-sm text-muted">Its block is not known here. The node is kept as it is, and does not run.</p>}</div>
      </div>
      {node.pinned_output && <PinnedOutput node={node} isReadOnly={isReadOnly} onRemove={(next) => update("Change pinned outputs", { pinned_output: next })} />}
      {block?.kind !== "NOTE" && (
        <>
          <Outputs node={node} block={block} />
          <Section title="Name and note" isOpen={Boolean(node.note)}>
            <div className="flex flex-col gap-3">
              <TextField label="Name" help={block ? `Empty: ${blockTitle(block)}` : undefined} disabled={isReadOnly} maxLength={200} value={node.metadata.customized_name ?? ""} onChange={(event) => change("Rename a node", (now) => setTitleAsTyped(now, node.id, event.target.value), { merge: `title:${node.id}` })} onBlur={(event) => change("Rename a node", (now) => setTitle(now, node.id, event.target.value), { merge: `title:${node.id}` })} />
              <TextArea label="Note" help="For people; a run does not read it." rows={3} disabled={isReadOnly} value={node.note ?? ""} onChange={(event) => update("Edit a note", { note: event.target.value || null })} />
            </div>
          </Section>
          <Section title="When it fails" isOpen={saysAnything(node)}>
            <div className="flex flex-col gap-3">
              <FailureFields value={node} isDisabled={isReadOnly} onChange={(part) => update("Change what happens on failure", part)} />
              {hasCredential && <Toggle label="Leave it out without a credential" help="Where nobody chose one, a run goes on without this node." isDisabled={isReadOnly} isOn={node.metadata.credentials_optional === true} onChange={setOptional} />}
            </div>
          </Section>
        </>
      )}
    </>
  );
}

/** A name while it is written: blanks at its end are taken off when the field is left. */
const setTitleAsTyped = (document: Parameters<typeof updateNode>[0], id: string, title: string) =>
  updateNode(document, id, ({ metadata: { customized_name: _, ...metadata }, ...node }) => ({ ...node, metadata: title ? { ...metadata, customized_name: title } : metadata }) as GraphNode);

function Head({ node, block }: { node: GraphNode; block: BlockSpec | undefined }) {
  const { change, isReadOnly } = useEditor.getState();
  const Icon = iconOf(block);
  const ids = new Set([node.id]);
  const cost = block ? costWords(block.costs) : null;
  return (
    <header className="flex flex-col gap-1.5 p-4 pb-3">
      <div className="flex items-start gap-2 pr-8">
        <Icon className="mt-0.5 size-5 shrink-0 text-accent" aria-hidden />
        <div className="min-w-0">
          <h2 className="text-base font-semibold break-words">{titleOf(node, block)}</h2>
          {block && titleOf(node, block) !== blockTitle(block) && <p className="text-xs text-muted">{blockTitle(block)}</p>}
        </div>
      </div>
      {block?.description && <p className="text-sm text-muted"><Words text={block.description} /></p>}
      <div className="flex flex-wrap items-center gap-1">
        {block?.categories.slice(0, 3).map((one) => <Badge key={one}>{categoryWords(one)}</Badge>)}
        {block?.isSensitive && <Badge tone="warn" title="It does what a person may want to be asked about first">Sensitive</Badge>}
        {cost && <Badge tone="info">{cost}</Badge>}
        <span className="flex-1" />
        {!isReadOnly && (
          <>
            <IconButton label={node.is_disabled ? "Switch this node on" : "Switch this node off"} shortcut="D" isSmall isPressed={node.is_disabled === true} icon={<Power className="size-4" aria-hidden />} onClick={() => change("Switch nodes on or off", (now) => toggleDisabled(now, ids))} />
            <IconButton label="Delete this node" shortcut="Del" isSmall icon={<Trash2 className="size-4" aria-hidden />} onClick={() => change("Delete nodes", (now) => removeNodes(now, ids), { select: [] })} />
          </>
        )}
      </div>
    </header>
  );
}

function WholeProblem({ problem }: { problem: NodeProblem }) {
  const isError = problem.severity === "ERROR";
  const Icon = isError ? CircleAlert : TriangleAlert;
  return (
    <p className={`flex items-start gap-2 rounded-md px-3 py-2 text-sm ${isError ? "bg-danger-soft text-danger" : "bg-warn-soft text-warn"}`}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0 break-words">{problem.message} {problem.remedy}</span>
    </p>
  );
}

function Outputs({ node, block }: { node: GraphNode; block: BlockSpec | undefined }) {
  const document = useEditor((state) => state.document);
  const pins = outputPins(node, document, block).filter((pin) => !pin.isDynamic);
  if (pins.length === 0) return null;
  return (
    <Section title="What it gives">
      <dl className="flex flex-col gap-2 text-sm">
        {pins.map((pin) => (
          <div key={pin.name}>
            <dt className="font-medium">{pin.title} <span className="font-normal text-muted">{TYPE_WORDS[pin.type]}</span></dt>
            {pin.schema.description && <dd className="text-xs text-muted"><Words text={pin.schema.description} /></dd>}
          </div>
        ))}
      </dl>
    </Section>
  );
}
