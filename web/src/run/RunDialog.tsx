/** The form that starts a run: of which version, or of the draft; its inputs, its credentials, and presets of both. */
import { Play } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { JsonObject } from "@/graph/document";
import { useMay } from "@/shell/viewer";
import { Button, LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Empty, Failed, Loading } from "@/ui/states";
import { useSendKeys } from "@/ui/useSendKeys";
import { RunForm } from "./RunForm";
import { RunFormDocument, RunFormDraftDocument } from "./run-form.generated";
import type { Filled, Source } from "./source";

export type RunDialogProps = {
  agent: { id: string; name: string };
  /** Absent: the draft where one is given, else the version that is active. */
  version?: number | null;
  /** Where a draft is edited: it can be run, too, once `save` says that all of it is saved. */
  draft?: { save: () => Promise<boolean> } | null;
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
  const canSend = may && isReady && !isBusy;
  useSendKeys(formId, isOpen && canSend);
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
      {isOpen && <Chosen {...props} formId={formId} setBusy={setBusy} setReady={setReady} />}
    </Dialog>
  );
}

function wordsOf({ until, usePinnedOutputs }: RunDialogProps): string {
  const what = until ? `Only “${until.title}” runs, and what leads to it.` : "What you give here goes to this run only.";
  return usePinnedOutputs ? `${what} Nodes with pinned outputs give them instead of running.` : what;
}

type ChosenProps = RunDialogProps & { formId: string; setBusy: (is: boolean) => void; setReady: (is: boolean) => void };
type LoadedProps = ChosenProps & { filled: Filled | null; choose: (source: Source, filled: Filled) => void };

/** What runs: the draft, a version, or (null) the version that is active. What was filled in goes over to another choice. */
function Chosen(props: ChosenProps) {
  const [source, setSource] = useState<Source>(props.version ?? (props.draft ? "draft" : null));
  const [filled, setFilled] = useState<Filled | null>(null);
  const choose = (next: Source, now: Filled) => {
    setFilled(now);
    setSource(next);
  };
  const more = { ...props, filled, choose };
  return source === "draft" ? <OfDraft {...more} /> : <OfVersion {...more} number={source} />;
}

function OfVersion({ number, ...props }: LoadedProps & { number: number | null }) {
  const { agent } = props;
  const [result, again] = useQuery({
    query: RunFormDocument,
    variables: { id: agent.id, version: number ?? 0, hasVersion: number !== null },
    requestPolicy: "cache-and-network",
  });
  if (result.error && !result.data) return <Failed errors={told(result.error)} retry={() => again({ requestPolicy: "network-only" })} />;
  // A preset that was just made is not in what was read before it.
  const isBehind = result.stale && props.initialPresetId != null && !result.data?.presets.nodes.some((one) => one.id === props.initialPresetId);
  if (!result.data || isBehind) return <Loading text="Reading what the agent needs" />;
  const found = result.data.graphVersion ?? result.data.graph?.activeVersion;
  if (!found) {
    return (
      <Empty title="There is no version that could run" text="In the editor its draft can be run, and published.">
        <LinkButton to={`/build/${agent.id}`} onClick={props.onClose}>Open the editor</LinkButton>
      </Empty>
    );
  }
  return <RunForm {...props} key={found.id} found={found} active={found.isActive ? found.number : null} presets={result.data.presets.nodes} readPresets={() => again({ requestPolicy: "network-only" })} />;
}

function OfDraft(props: LoadedProps) {
  const [isSaved, setSaved] = useState<boolean | null>(null);
  const [turn, setTurn] = useState(0);
  const save = useRef(props.draft?.save);
  save.current = props.draft?.save;
  useEffect(() => {
    let isLate = false;
    setSaved(null);
    void save.current?.().then((is) => !isLate && setSaved(is));
    return () => {
      isLate = true;
    };
  }, [turn]);
  const [result, again] = useQuery({ query: RunFormDraftDocument, variables: { id: props.agent.id }, requestPolicy: "network-only", pause: isSaved !== true });
  if (isSaved === false) {
    return <Failed errors={[{ code: "CONFLICT", message: "The draft is not saved, so it cannot run as it is shown.", remedy: "Mend what keeps it from being saved, and try again." }]} retry={() => setTurn(turn + 1)} />;
  }
  if (result.error && !result.data) return <Failed errors={told(result.error)} retry={() => again({ requestPolicy: "network-only" })} />;
  const graph = isSaved ? result.data?.graph : null;
  if (!result.data || !graph?.draft) return <Loading text={isSaved ? "Reading what the draft needs" : "Saving the draft"} />;
  const { draft, activeVersion } = graph;
  return <RunForm {...props} found={{ ...draft, number: null, name: null, isActive: false }} active={activeVersion?.number ?? null} presets={result.data.presets.nodes} readPresets={() => again({ requestPolicy: "network-only" })} />;
}
