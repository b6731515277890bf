/** Two versions of an agent side by side in one canvas: added, removed and changed nodes in their colours, and a list of what changed. */
import { Minus, Pencil, Plus } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import { AgentCanvas } from "@/canvas/AgentCanvas";
import type { GraphDocument } from "@/graph/document";
import { blockWords, pinWords } from "@/graph/words";
import { cx } from "@/ui/classes";
import { type Change, type Difference, isEmpty } from "./compare";
import { fieldWords, isMove, retryWords, shownOf, summary } from "./shownDiff";

/** `instead` stands where the difference is told: for a version that is looked at alone. */
type Props = { before: GraphDocument; after: GraphDocument; difference: Difference; blocks: Blocks; label: string; instead?: string };

export function DiffView({ before, after, difference, blocks, label, instead }: Props) {
  const [selected, setSelected] = useState<string | null>(null);
  const shown = useMemo(() => shownOf(before, after, difference), [before, after, difference]);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-2 md:flex-row">
      <div className="min-h-56 min-w-0 flex-1 overflow-hidden rounded-lg border border-line">
        <AgentCanvas document={shown.document} blocks={blocks} marks={shown.marks} linkMarks={shown.linkMarks} selectedId={selected} onSelect={setSelected} label={label} hasMinimap={false} />
      </div>
      <section aria-label="What changed" className="flex max-h-full w-full flex-col gap-3 overflow-y-auto rounded-lg border border-line p-3 text-sm md:w-80" tabIndex={0}>
        <p className="font-medium">{instead ?? summary(difference)}</p>
        {!isEmpty(difference) && <Changes difference={difference} blocks={blocks} document={shown.document} selected={selected} onSelect={setSelected} />}
      </section>
    </div>
  );
}

type ListProps = { difference: Difference; blocks: Blocks; document: GraphDocument; selected: string | null; onSelect: (id: string) => void };

function Changes({ difference, blocks, document, selected, onSelect }: ListProps) {
  const nameOf = (one: { title?: string | null; blockName: string }) => one.title || blockWords(one.blockName);
  const titles = new Map(document.nodes.map((node) => [node.id, node.metadata.customized_name || blockWords(blocks.get(node.block_id)?.name ?? "Node")]));
  const linkOf = (link: Difference["linksAdded"][number]) => `${titles.get(link.sourceId) ?? "A node"} (${pinWords(link.sourceName)}) → ${titles.get(link.sinkId) ?? "a node"} (${pinWords(link.sinkName)})`;
  const changed = difference.nodesChanged.filter((one) => !one.changes.every(isMove));
  return (
    <ul className="flex flex-col gap-2">
      {difference.nodesAdded.map((one) => (
        <Line key={one.nodeId} kind="added" isChosen={selected === one.nodeId} onClick={() => onSelect(one.nodeId)}>{nameOf(one)}</Line>
      ))}
      {difference.nodesRemoved.map((one) => (
        <Line key={one.nodeId} kind="removed" isChosen={selected === one.nodeId} onClick={() => onSelect(one.nodeId)}>{nameOf(one)}</Line>
      ))}
      {changed.map(({ node, changes }) => (
        <Line key={node.nodeId} kind="changed" isChosen={selected === node.nodeId} onClick={() => onSelect(node.nodeId)} below={<FieldChanges changes={changes.filter((one) => !isMove(one))} blockId={node.blockId} blocks={blocks} />}>
          {nameOf(node)}
        </Line>
      ))}
      {difference.settings.length > 0 && <Line kind="changed" below={<FieldChanges changes={difference.settings} blockId={null} blocks={blocks} />}>Settings of the agent</Line>}
      {difference.linksAdded.map((one, at) => <Line key={`added-${at}`} kind="added">{linkOf(one)}</Line>)}
      {difference.linksRemoved.map((one, at) => <Line key={`removed-${at}`} kind="removed">{linkOf(one)}</Line>)}
      {difference.linksChanged.map((one, at) => <Line key={`changed-${at}`} kind="changed">{linkOf(one)}: {one.isStatic ? "its value stays now" : "its value is used up now"}</Line>)}
    </ul>
  );
}

const KINDS = {
  added: { icon: Plus, word: "Added", className: "text-ok" },
  removed: { icon: Minus, word: "Removed", className: "text-danger" },
  changed: { icon: Pencil, word: "Changed", className: "text-warn" },
};

function Line({ kind, children, below, isChosen, onClick }: { kind: keyof typeof KINDS; children: ReactNode; below?: ReactNode; isChosen?: boolean; onClick?: () => void }) {
  const { icon: Icon, word, className } = KINDS[kind];
  const text = (
    <>
      <Icon className={cx("mt-0.5 size-3.5 shrink-0", className)} aria-hidden />
      <span className="min-w-0 break-words"><span className={cx("text-xs font-medium", className)}>{word} </span>{children}</span>
    </>
  );
  return (
    <li>
      {onClick ? (
        <button type="button" aria-pressed={isChosen} className={cx("flex w-full items-start gap-1.5 rounded px-1 py-0.5 text-left hover:bg-sunken", isChosen && "bg-accent-soft")} onClick={onClick}>{text}</button>
      ) : (
        <div className="flex items-start gap-1.5 px-1 py-0.5">{text}</div>
      )}
      {below}
    </li>
  );
}

function FieldChanges({ changes, blockId, blocks }: { changes: Change[]; blockId: string | null; blocks: Blocks }) {
  return (
    <dl className="mt-1 ml-6 flex flex-col gap-1.5">
      {changes.map((change) => (
        <div key={change.path.join(".")} className="min-w-0">
          <dt className="text-xs font-medium text-muted">{fieldWords(change.path, blockId, blocks)}</dt>
          <dd className="flex flex-col gap-0.5 font-mono text-xs">
            <FieldValue value={valueOf(change, change.old)} isOld />
            <FieldValue value={valueOf(change, change.new)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

const valueOf = ({ path }: Change, value: unknown): unknown => (path.join(".") === "retry" ? (retryWords(value) ?? value) : value);

function FieldValue({ value, isOld = false }: { value: unknown; isOld?: boolean }) {
  if (value === null || value === undefined) return isOld ? null : <span className="text-muted">taken away</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const Tag = isOld ? "del" : "ins";
  return (
    <Tag className={cx("max-h-40 overflow-y-auto rounded px-1 py-0.5 break-words whitespace-pre-wrap no-underline", isOld ? "bg-danger-soft text-danger" : "bg-ok-soft text-ok")}>
      {text === "" ? "(empty)" : text.length > 4_000 ? `${text.slice(0, 4_000)}…` : text}
    </Tag>
  );
}
