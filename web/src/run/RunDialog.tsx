/** The form that starts a run: which version, its inputs, its credentials, and presets of both. */
import { Play } from "lucide-react";
import { useId, useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { JsonObject } from "@/graph/document";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Empty, Failed, Loading } from "@/ui/states";
import { RunForm } from "./RunForm";
import { RunFormDocument } from "./run-form.generated";

export type RunDialogProps = {
  agent: { id: string; name: string };
  /** Absent: the version that is active. */
  version?: number | null;
  isOpen: boolean;
  onClose: () => void;
  initialInputs?: JsonObject | null;
  initialPresetId?: string | null;
  /** Only this node runs, and what leads to it. */
  until?: { nodeId: string; title: string } | null;
  /** Nodes with pinned outputs give them instead of running. */
  usePinnedOutputs?: boolean;
  /** Absent: the page of the new run is shown. */
  onStarted?: (runId: string) => void;
};

export function RunDialog(props: RunDialogProps) {
  const { agent, isOpen, onClose } = props;
  const formId = useId();
  const [isBusy, setBusy] = useState(false);
  const [isReady, setReady] = useState(false);
  const may = useMay()("runs:execute");
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Run ${agent.name}`}
      description={wordsOf(props)}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" type="submit" form={formId} isBusy={isBusy} disabled={!may || !isReady} title={may ? undefined : "Your role may not start runs."} icon={<Play className="size-4" aria-hidden />}>
            Run
          </Button>
        </>
      }
    >
      {isOpen && <Loaded {...props} formId={formId} setBusy={setBusy} setReady={setReady} />}
    </Dialog>
  );
}

function wordsOf({ until, usePinnedOutputs }: RunDialogProps): string {
  const what = until ? `Only “${until.title}” runs, and what leads to it.` : "What you give here goes to this run only.";
  return usePinnedOutputs ? `${what} Nodes with pinned outputs give them instead of running.` : what;
}

function Loaded(props: RunDialogProps & { formId: string; setBusy: (is: boolean) => void; setReady: (is: boolean) => void }) {
  const { agent } = props;
  // A preset may be of another version than the one that was asked for.
  const [version, setVersion] = useState(props.version ?? null);
  const [result, again] = useQuery({
    query: RunFormDocument,
    variables: { id: agent.id, version: version ?? 0, hasVersion: version !== null },
    requestPolicy: "cache-and-network",
  });
  if (result.error && !result.data) return <Failed errors={told(result.error)} retry={() => again({ requestPolicy: "network-only" })} />;
  // A preset that was just made is not in what was read before it.
  const isBehind = result.stale && props.initialPresetId != null && !result.data?.presets.nodes.some((one) => one.id === props.initialPresetId);
  if (!result.data || isBehind) return <Loading text="Reading what the agent needs" />;
  const found = result.data.graphVersion ?? result.data.graph?.activeVersion;
  if (!found) {
    return (
      <Empty title="There is no version that could run" text="Publish the agent first. Its draft stays as it is.">
        <LinkButton to={`/build/${agent.id}`} onClick={props.onClose}>Open the editor</LinkButton>
      </Empty>
    );
  }
  return <RunForm {...props} key={found.id} found={found} presets={result.data.presets.nodes} readPresets={() => again({ requestPolicy: "network-only" })} choosesVersion={setVersion} />;
}
