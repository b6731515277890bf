/**
 * The versions of the open agent: look at one, compare any two, let one run, restore one, or begin another agent from one.
 * The address says which: `versions` (a number, or `draft`) is looked at, `compare` is what it is compared with.
 */
import { useMemo } from "react";
import { useSearchParams } from "react-router";
import { useQuery } from "urql";
import type { Blocks } from "@/blocks/blocks";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { useConnection } from "@/data/useConnection";
import type { GraphDocument } from "@/graph/document";
import { cx } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/fields";
import { Empty, Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { More } from "@/ui/Table";
import { useEditor } from "../store";
import { compare } from "./compare";
import { CompareDocumentDocument, CompareVersionsDocument } from "./compare.generated";
import { DiffView } from "./DiffView";
import { type VersionListQuery, VersionListDocument } from "./publish.generated";
import { whole } from "./published";
import { VersionActions } from "./VersionActions";

export type Version = NonNullable<VersionListQuery["graph"]>["versions"]["nodes"][number];
const DRAFT = "draft";

export function VersionsDialog({ blocks, onClose }: { blocks: Blocks; onClose: () => void }) {
  const agentId = useEditor((state) => state.agentId) ?? "";
  const [params, setParams] = useSearchParams();
  const list = useConnection(VersionListDocument, { id: agentId }, (data) => data.graph?.versions, { size: 50 });
  const newest = list.items[0]?.number;
  const active = list.items.find((one) => one.isActive)?.number;
  const asked = params.get("versions") || String(newest ?? DRAFT);
  const looked = asked === DRAFT || list.items.some((one) => String(one.number) === asked) || list.isFirst ? asked : String(newest ?? DRAFT);
  const before = params.get("compare") ?? (looked === DRAFT ? String(active ?? "") : String(Number(looked) - 1));
  const other = before !== looked && (before === DRAFT || list.items.some((one) => String(one.number) === before)) ? before : null;
  const choose = (version: string, than: string | null) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      next.set("versions", version);
      if (than === null) next.delete("compare");
      else next.set("compare", than);
      return next;
    }, { replace: true });
  const nameOf = (id: string) => (id === DRAFT ? "The draft" : `Version ${id}`);
  const options = [{ value: DRAFT, label: "The draft" }, ...list.items.map((one) => ({ value: String(one.number), label: `Version ${one.number}${one.name ? `: ${one.name}` : ""}` }))];
  return (
    <Dialog isOpen onClose={onClose} title="Versions" description="A version never changes. What runs, runs the version that it began with." size="full">
      {list.errors.length > 0 ? (
        <Failed errors={list.errors} retry={list.refresh} />
      ) : list.isFirst ? (
        <Loading text="Reading the versions" />
      ) : list.items.length === 0 ? (
        <Empty title="It was never published" text="Publish the draft: that makes version 1. From then on, you see here what each version changed, and can go back to any of them." />
      ) : (
        <div className="flex h-full min-h-0 flex-col gap-3 md:flex-row">
          <nav aria-label="Versions" className="flex max-h-56 w-full shrink-0 flex-col gap-1 overflow-y-auto md:max-h-none md:w-64">
            <Entry isChosen={looked === DRAFT} onClick={() => choose(DRAFT, null)} title="The draft" text="What is on the canvas now" />
            {list.items.map((one) => (
              <Entry key={one.id} isChosen={looked === String(one.number)} onClick={() => choose(String(one.number), null)} title={`Version ${one.number}${one.name ? `: ${one.name}` : ""}`} isActive={one.isActive} notes={one.notes} text={`${ago(one.createdAt)}${one.publishedBy ? `, by ${one.publishedBy.name}` : ""}`} hint={moment(one.createdAt)} />
            ))}
            <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
          </nav>
          <div className="flex min-h-0 min-w-0 flex-1 flex-col gap-2">
            <div className="flex flex-wrap items-end gap-2">
              <div className="w-56"><SelectField label={`Compare ${looked === DRAFT ? "the draft" : `version ${looked}`} with`} value={other ?? ""} options={[{ value: "", label: "Nothing: just show it" }, ...options.filter((one) => one.value !== looked)]} onChange={(than) => choose(looked, than)} /></div>
              <span className="flex-1" />
              {looked !== DRAFT && <VersionActions number={Number(looked)} isActive={looked === String(active)} onDone={list.refresh} onClose={onClose} />}
            </div>
            <Compared agentId={agentId} from={other} to={looked} blocks={blocks} label={other ? `How ${nameOf(looked).toLowerCase()} differs from ${nameOf(other).toLowerCase()}` : nameOf(looked)} />
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Entry({ title, text, hint, notes, isChosen, isActive, onClick }: { title: string; text: string; hint?: string; notes?: string | null; isChosen: boolean; isActive?: boolean; onClick: () => void }) {
  return (
    <button type="button" aria-current={isChosen || undefined} className={cx("rounded-md border px-3 py-2 text-left", isChosen ? "border-accent bg-accent-soft" : "border-line hover:bg-sunken")} onClick={onClick}>
      <span className="flex flex-wrap items-center gap-1.5 text-sm font-medium break-words">{title}{isActive && <Badge tone="ok">This one runs</Badge>}</span>
      {notes && <span className="line-clamp-3 block text-xs break-words whitespace-pre-line">{notes}</span>}
      <span className="block text-xs text-muted" title={hint}>{text}</span>
    </button>
  );
}

/** A version's document; the draft's is the one on the canvas. */
function useDocumentOf(agentId: string, id: string | null) {
  const draft = useEditor((state) => state.document);
  const [{ data, error }] = useQuery({ query: CompareDocumentDocument, variables: { graphId: agentId, number: Number(id) }, pause: id === null || id === DRAFT, requestPolicy: "cache-first" });
  const found = data?.graphVersion && String(data.graphVersion.number) === id ? data.graphVersion : null;
  const document = useMemo<GraphDocument | null>(() => (found ? whole(found.document) : null), [found]);
  return { document: id === DRAFT ? draft : document, error };
}

function Compared({ agentId, from, to, blocks, label }: { agentId: string; from: string | null; to: string; blocks: Blocks; label: string }) {
  const before = useDocumentOf(agentId, from);
  const after = useDocumentOf(agentId, to);
  const isDraft = from === DRAFT || to === DRAFT;
  const [{ data, error }] = useQuery({ query: CompareVersionsDocument, variables: { graphId: agentId, from: Number(from), to: Number(to) }, pause: from === null || isDraft, requestPolicy: "cache-first" });
  const [old, now] = [from === null ? after.document : before.document, after.document];
  const difference = useMemo(() => {
    if (!old || !now) return null;
    return from === null || isDraft ? compare(old, now, blocks) : (data?.graphDiff ?? null);
  }, [old, now, from, isDraft, data, blocks]);
  const wrong = error ?? before.error ?? after.error;
  if (wrong) return <Failed errors={told(wrong)} />;
  if (!old || !now || !difference) return <Loading text="Reading the versions" />;
  return <DiffView key={`${from}-${to}`} before={old} after={now} difference={difference} blocks={blocks} label={label} instead={from === null ? "Choose above what to compare it with." : undefined} />;
}
