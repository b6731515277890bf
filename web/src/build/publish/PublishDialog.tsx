/** Publish the draft: what differs from the version that runs, what is wrong, and a name and notes for the new version. */
import { CircleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { Blocks } from "@/blocks/blocks";
import type { Told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import { titleOf } from "@/graph/pins";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { Loading } from "@/ui/states";
import { notify } from "@/ui/toasts";
import { Words } from "@/ui/Words";
import { show as showProblem } from "../inspector/Problems";
import { type NodeProblem, useEditor } from "../store";
import { compare } from "./compare";
import { DiffView } from "./DiffView";
import { PublishDraftDocument } from "./publish.generated";
import { usePublished, whole } from "./published";
import { saveNow } from "./saving";
import { summary } from "./shownDiff";

export function PublishDialog({ blocks, onClose }: { blocks: Blocks; onClose: () => void }) {
  const [isSaved, setSaved] = useState<boolean | null>(null);
  const [name, setName] = useState("");
  const [notes, setNotes] = useState("");
  const [publish, { isBusy, problems: refused }] = useChange(PublishDraftDocument, { isQuiet: true });
  const document = useEditor((state) => state.document);
  const problems = useEditor((state) => state.problems);
  const { active, newest } = usePublished();
  useEffect(() => {
    let isLate = false;
    void saveNow().then((now) => !isLate && setSaved(now));
    return () => {
      isLate = true;
    };
  }, []);
  const errors = problems.filter((one) => one.severity === "ERROR");
  const difference = useMemo(() => active && compare(active.document, document, blocks), [active, document, blocks]);
  const show = (problem: NodeProblem) => {
    onClose();
    // The dialog gives the focus back when it has closed; the field takes it after that.
    setTimeout(() => showProblem(problem), 50);
  };
  const go = async () => {
    const { agentId, revision } = useEditor.getState();
    const answer = await publish({ input: { graphId: agentId ?? "", revision, name: name.trim() || null, notes: notes.trim() || null } }).catch(() => null);
    const version = answer?.version;
    if (!version) return;
    useEditor.getState().saved({ revision: answer.graph?.draft?.revision ?? revision + 1, document });
    usePublished.setState({ active: { number: version.number, name: version.name ?? null, document: whole(version.document) }, newest: version.number });
    notify({ kind: "ok", title: `Version ${version.number} is published.`, text: "New runs take it. Runs that go on keep theirs." });
    onClose();
  };
  const next = (newest ?? 0) + 1;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Publish version ${next}`}
      description={active ? `It runs in place of version ${active.number}. You can go back at any time.` : "It is what runs. You can go on editing, and publish again."}
      size={active || problems.length > 0 ? "full" : "medium"}
      footer={
        <>
          <Button onClick={onClose}>Not now</Button>
          <Button look="primary" isBusy={isBusy} disabled={isSaved !== true || errors.length > 0} onClick={() => void go()}>Publish version {next}</Button>
        </>
      }
    >
      {isSaved === null ? (
        <Loading text="Saving the draft" />
      ) : (
        <div className="flex h-full min-h-0 flex-col gap-3">
          {isSaved === false && <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">The draft could not be saved, so it cannot be published yet. Close this, and see what is said above the canvas.</p>}
          {errors.length > 0 && <Errors problems={errors} blocks={blocks} onShow={show} />}
          {refused.length > 0 && <Errors problems={refused.map((one) => asProblem(one))} blocks={blocks} onShow={show} />}
          <div className="grid shrink-0 gap-3 sm:grid-cols-[minmax(0,18rem)_1fr]">
            <TextField label="Name" help="Optional, such as “Faster summaries”" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
            <TextArea label="What changed" rows={2} placeholder={difference ? summary(difference) : "The first version."} value={notes} onChange={(event) => setNotes(event.target.value)} />
          </div>
          {active && difference ? (
            <DiffView before={active.document} after={document} difference={difference} blocks={blocks} label={`What differs from version ${active.number}`} />
          ) : (
            <p className="text-sm text-muted">This is the first version: {document.nodes.length} {document.nodes.length === 1 ? "node" : "nodes"} and {document.links.length} {document.links.length === 1 ? "link" : "links"}.</p>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** A refusal's problem names its node, where it has one, beside what every problem says. */
const asProblem = (one: Told): NodeProblem => {
  const { nodeId, pin, linkId } = one as Told & Pick<NodeProblem, "nodeId" | "pin" | "linkId">;
  return { code: one.code, message: one.message, remedy: one.remedy ?? "", severity: "ERROR", nodeId, pin, linkId };
};

function Errors({ problems, blocks, onShow }: { problems: NodeProblem[]; blocks: Blocks; onShow: (problem: NodeProblem) => void }) {
  const { document } = useEditor.getState();
  const titleFor = (id: string | null | undefined) => {
    const node = document.nodes.find((one) => one.id === id);
    return node ? titleOf(node, blocks.get(node.block_id)) : null;
  };
  return (
    <section aria-label="What must be mended first" className="max-h-48 shrink-0 overflow-y-auto rounded-lg border border-danger bg-danger-soft p-3" tabIndex={0}>
      <h3 className="text-sm font-medium text-danger">{problems.length === 1 ? "One thing must be mended first." : `${problems.length} things must be mended first.`}</h3>
      <ul className="mt-1 flex flex-col gap-1">
        {problems.map((one, index) => (
          <li key={index} className="flex items-start gap-2 text-sm">
            <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" aria-hidden />
            <span className="min-w-0 flex-1 break-words">
              {titleFor(one.nodeId) && <strong className="font-medium">{titleFor(one.nodeId)}: </strong>}
              <Words text={one.message} /> <Words text={one.remedy} />
            </span>
            <Button isSmall onClick={() => onShow(one)}>Show</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
