/** What a run gave, by name, and the files that it stored. */
import { PackageOpen } from "lucide-react";
import { useEffect, useState } from "react";
import { useClient } from "urql";
import { useConnection } from "@/data/useConnection";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { More } from "@/ui/Table";
import { FileLink } from "@/values/MediaView";
import { ValueView } from "@/values/ValueView";
import { RunFilesDocument, type RunHeadFragment, RunOutputsDocument, type RunOutputsQuery } from "./run.generated";
import { useStamped } from "./useStamped";
import { count } from "./words";

type Output = RunOutputsQuery["run"]["outputs"][number];
const PAGE = 100;

export function OutputsTab({ run, isOver, stamp }: { run: RunHeadFragment; isOver: boolean; stamp: number }) {
  const client = useClient();
  const { data, errors, again } = useStamped(RunOutputsDocument, { id: run.id, after: null }, stamp);
  const [more, setMore] = useState<Output[]>([]);
  const [isBusy, setBusy] = useState(false);
  const [hasEnd, setEnd] = useState(false);
  if (errors.length > 0) return <Failed errors={errors} retry={again} />;
  if (!data) return <Loading text="Reading the outputs" />;
  const outputs = joined([...data.run.outputs, ...more]);
  const total = (all: Output[]) => all.reduce((sum, one) => sum + one.values.length, 0);
  const read = async () => {
    setBusy(true);
    const after = Math.max(...outputs.flatMap((one) => one.executions));
    const answer = await client.query(RunOutputsDocument, { id: run.id, after }, { requestPolicy: "network-only" }).toPromise();
    const page = answer.data?.run.outputs ?? [];
    setBusy(false);
    setEnd(total(page) < PAGE);
    setMore([...more, ...page]);
  };
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-3 py-3">
      {outputs.length === 0 && (
        <Empty icon={<PackageOpen className="size-6" />} title={isOver ? "It gave nothing" : "Nothing until now"} text={isOver ? "No value came to an output of the agent. The canvas shows where the values went." : "What the agent gives shows here at once."} />
      )}
      {outputs.map((output) => <OneOutput key={output.name} output={output} />)}
      {total(data.run.outputs) >= PAGE && !hasEnd && <div className="flex justify-center"><Button isBusy={isBusy} onClick={() => void read()}>Show more</Button></div>}
      <Files runId={run.id} stamp={stamp} />
    </div>
  );
}

const STEP = 20;

function OneOutput({ output }: { output: Output }) {
  const [shown, setShown] = useState(STEP);
  return (
    <Card title={<span className="font-mono">{output.name}</span>} actions={output.values.length > 1 && <span className="text-xs text-muted">{count(output.values.length, "value")}</span>}>
      <ol className="flex flex-col gap-2">
        {output.values.slice(0, shown).map((value, index) => <li key={output.executions[index] ?? index} className={output.values.length > 1 ? "rounded-lg border border-line px-3 py-2" : ""}><ValueView value={value} /></li>)}
      </ol>
      {output.values.length > shown && <Button isSmall className="mt-2" onClick={() => setShown(shown + STEP * 2)}>Show more</Button>}
    </Card>
  );
}

/** Put pages together: an output of one name is one, and an execution counts once. */
function joined(all: Output[]): Output[] {
  const found = new Map<string, Output>();
  for (const one of all) {
    const before = found.get(one.name);
    if (!before) {
      found.set(one.name, one);
      continue;
    }
    const known = new Set(before.executions);
    const news = one.executions.map((execution, index) => ({ execution, value: one.values[index] })).filter((pair) => !known.has(pair.execution));
    found.set(one.name, { ...before, executions: [...before.executions, ...news.map((pair) => pair.execution)], values: [...before.values, ...news.flatMap((pair) => pair.value ?? [])] });
  }
  return [...found.values()];
}

function Files({ runId, stamp }: { runId: string; stamp: number }) {
  const list = useConnection(RunFilesDocument, { id: runId }, (data) => data.run.files, { size: 20 });
  const { refresh } = list;
  const [first] = useState(stamp);
  useEffect(() => {
    if (stamp !== first) refresh();
    // Read again when the run was, and not when the list's own state changes.
  }, [stamp]);
  if (list.items.length === 0) return null;
  return (
    <Card title="Files that it stored">
      <ul className="flex flex-col items-start gap-2">{list.items.map((file) => <li key={file.id} className="max-w-full"><FileLink file={file} /></li>)}</ul>
      <More hasMore={list.hasMore} isLoading={list.isLoading} more={list.more} />
    </Card>
  );
}
