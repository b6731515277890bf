/** What a run was started with; of one that continues another, also what was changed. */
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/states";
import { ValueView } from "@/values/ValueView";
import type { From } from "./RunScreen";
import { type RunHeadFragment, RunInputsDocument } from "./run.generated";

export function InputsTab({ run, continueFrom }: { run: RunHeadFragment; continueFrom: (from: From) => void }) {
  const may = useMay();
  const [{ data, error }, again] = useQuery({ query: RunInputsDocument, variables: { id: run.id } });
  if (error && !data) return <Failed errors={told(error)} retry={() => again({ requestPolicy: "network-only" })} />;
  if (!data) return <Loading text="Reading the inputs" />;
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-3 py-3">
      {data.run.inputs.length === 0 && <Empty title="It was started without inputs" text="The agent takes none, or has a value of its own for each." />}
      {data.run.inputs.map((input) => <Card key={input.name} title={<span className="font-mono">{input.name}</span>}><ValueView value={input.value} /></Card>)}
      {may("runs:execute") && <div><Button onClick={() => continueFrom({ mode: "START", nodeIds: [] })}>Run it again, with these or others</Button></div>}
    </div>
  );
}
