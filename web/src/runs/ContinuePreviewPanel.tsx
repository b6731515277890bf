/** What would run again and what is taken over, and what that cost where it was recorded. */
import { CirclePlay, History, PencilLine, RotateCcw } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useClient } from "urql";
import { Loading } from "@/ui/states";
import { type Fate, fatesOf, type Preview } from "./continue";
import { ContinueNodeCostDocument } from "./continue.generated";
import type { RunHeadFragment } from "./run.generated";
import { count, money } from "./words";

const ICONS: Record<Fate["kind"], ReactNode> = {
  again: <RotateCcw className="size-4 text-warn" aria-hidden />,
  new: <CirclePlay className="size-4 text-info" aria-hidden />,
  edited: <PencilLine className="size-4 text-accent" aria-hidden />,
  reused: <History className="size-4 text-ok" aria-hidden />,
};
/** Nodes whose cost is looked up: one request each. */
const COSTED_MAX = 20;

export function ContinuePreviewPanel({ run, preview, isSettled }: { run: RunHeadFragment; preview: Preview | null; isSettled: boolean }) {
  const fates = useMemo(() => (preview ? fatesOf(preview) : []), [preview]);
  const again = useMemo(() => fates.filter((one) => one.kind === "again").map((one) => one.nodeId), [fates]);
  const cost = useCost(run, again);
  if (!preview) return <Loading text="Looking at what would run" />;
  const running = fates.filter((one) => one.kind === "again" || one.kind === "new").length;
  return (
    <section aria-label="What happens" aria-busy={!isSettled} className={isSettled ? "" : "opacity-60"}>
      <h3 className="mb-1 text-sm font-medium">What happens</h3>
      <p className="text-sm">
        {count(running, "node runs", "nodes run")}{preview.reusedCount > 0 ? `, ${count(preview.reusedCount, "execution is", "executions are")} taken over and ${preview.reusedCount === 1 ? "costs" : "cost"} nothing.` : ", nothing is taken over."}
        {preview.editedCount > 0 && ` ${count(preview.editedCount, "execution gives", "executions give")} what you wrote.`}
      </p>
      <p className="mt-1 text-sm text-muted">{costText(run, again.length, cost)}</p>
      {preview.lackingNodeIds.length > 0 && <p className="mt-1 text-sm text-warn">Version {preview.graphVersion} has no longer {count(preview.lackingNodeIds.length, "node")} of this run: what {preview.lackingNodeIds.length === 1 ? "it" : "they"} gave is left out.</p>}
      <ul className="mt-3 flex max-h-[26rem] flex-col gap-1.5 overflow-y-auto" tabIndex={0} aria-label="What becomes of each node">
        {fates.map((one) => (
          <li key={one.nodeId} className="flex items-start gap-2 text-sm">
            <span className="mt-0.5">{ICONS[one.kind]}</span>
            <span className="min-w-0 break-words"><span className="font-medium">{one.title}</span> <span className="text-muted">{one.text}</span></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Cost = { microUsd: number; calls: number; isMore: boolean };

function costText(run: RunHeadFragment, again: number, cost: Cost | null): string {
  if (again === 0) return "What is taken over costs nothing.";
  if (run.llmUsage.calls === 0) return "This run called no language model.";
  if (!cost) return "Adding up what these nodes cost.";
  if (cost.calls === 0) return "What runs again called no language model.";
  return `In this run the language models of what runs again cost ${money(cost.microUsd)}${cost.isMore ? " or more" : ""}, for ${count(cost.calls, "call")}.`;
}

/** What the calls of these nodes cost in the run that is continued; null until it is known. */
function useCost(run: RunHeadFragment, nodeIds: string[]): Cost | null {
  const client = useClient();
  const key = nodeIds.join("\n");
  const [found, setFound] = useState<{ key: string; cost: Cost } | null>(null);
  const hasCalls = run.llmUsage.calls > 0;
  useEffect(() => {
    if (!hasCalls || key === "") return;
    let isLeft = false;
    const ids = key.split("\n");
    const read = async () => {
      const cost: Cost = { microUsd: 0, calls: 0, isMore: ids.length > COSTED_MAX };
      for (const nodeId of ids.slice(0, COSTED_MAX)) {
        const answer = await client.query(ContinueNodeCostDocument, { id: run.id, nodeId }).toPromise();
        if (isLeft) return;
        const page = answer.data?.run.nodeExecutions;
        for (const one of page?.nodes ?? []) {
          cost.microUsd += one.llmUsage.costMicroUsd;
          cost.calls += one.llmUsage.calls;
          cost.isMore ||= one.llmUsage.unpricedCalls > 0;
        }
        cost.isMore ||= !page || page.pageInfo.hasNextPage;
      }
      setFound({ key, cost });
    };
    void read();
    return () => {
      isLeft = true;
    };
  }, [client, run.id, key, hasCalls]);
  return found?.key === key ? found.cost : null;
}
