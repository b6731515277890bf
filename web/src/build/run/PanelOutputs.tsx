/** What the run has given until now, by name, and what nodes are streaming. */
import { useEffect, useRef } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { RunHeadFragment } from "@/runs/run.generated";
import type { RunView } from "@/runs/useRun";
import { Empty, Failed } from "@/ui/states";
import { ValueView } from "@/values/ValueView";
import { BuildRunOutputsDocument } from "./run.generated";
import { useNodeTitles } from "./useNodeTitles";

export function PanelOutputs({ run, view }: { run: RunHeadFragment; view: RunView }) {
  const [{ data, error }, again] = useQuery({ query: BuildRunOutputsDocument, variables: { id: run.id } });
  const seen = useRef(view.stamp);
  useEffect(() => {
    if (seen.current !== view.stamp) again({ requestPolicy: "network-only" });
    seen.current = view.stamp;
  }, [view.stamp, again]);
  const outputs = data?.run.id === run.id ? data.run.outputs : [];
  return (
    <div className="flex flex-col gap-3 p-3">
      {error && !data && <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />}
      <Streams view={view} />
      {outputs.map((output) => (
        <section key={output.name} aria-label={`Output ${output.name}`} className="rounded-lg border border-line px-3 py-2">
          <h3 className="mb-1 text-xs font-semibold text-muted">{output.name}</h3>
          <div className="flex flex-col gap-2">
            {output.values.map((value, at) => <ValueView key={`${output.executions[at]}-${at}`} value={value} />)}
          </div>
        </section>
      ))}
      {data && outputs.length === 0 && <Nothing view={view} />}
    </div>
  );
}

function Streams({ view }: { view: RunView }) {
  const titles = useNodeTitles();
  const streaming = [...view.live.nodes.values()].filter((node) => node.text !== null);
  return streaming.map((node) => (
    <section key={node.nodeId} aria-label={`${titles(node.nodeId)} is writing`} className="rounded-lg border border-info px-3 py-2">
      <h3 className="mb-1 text-xs font-semibold text-info">{titles(node.nodeId)} is writing</h3>
      <p className="text-sm break-words whitespace-pre-wrap">{node.text?.text}</p>
    </section>
  ));
}

function Nothing({ view }: { view: RunView }) {
  if (!view.isOver) return [...view.live.nodes.values()].some((node) => node.text) ? null : <Empty title="No output yet" text="What the agent’s output nodes give is shown here as it comes." />;
  return <Empty title="The run gave no output" text="Nothing came to an output node of the agent. Choose a node to see what it did." />;
}
