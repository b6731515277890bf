/** What can be done with a version: let it run, make it the draft again, begin another agent from it. */
import { useState } from "react";
import { useNavigate } from "react-router";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm, Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/fields";
import { notify } from "@/ui/toasts";
import { useEditor } from "../store";
import { VersionActivateDocument, VersionForkDocument, VersionRestoreDocument } from "./publish.generated";
import { whole } from "./published";
import { saveNow } from "./saving";
import { useReadPublished } from "./useAutosave";

type Props = { number: number; isActive: boolean; onDone: () => void; onClose: () => void };

export function VersionActions({ number, isActive, onDone, onClose }: Props) {
  const agentId = useEditor((state) => state.agentId) ?? "";
  const isReadOnly = useEditor((state) => state.isReadOnly);
  const canWrite = useMay()("graphs:write");
  const [asked, setAsked] = useState<"activate" | "restore" | "fork" | null>(null);
  const [activate] = useChange(VersionActivateDocument);
  const [restore] = useChange(VersionRestoreDocument);
  const read = useReadPublished();
  const close = () => setAsked(null);
  if (!canWrite || isReadOnly) return null;
  const doRestore = async () => {
    // What is on the canvas is the draft's last state: it stays behind undo.
    await saveNow();
    const answer = await restore({ input: { graphId: agentId, number } });
    const draft = answer.graph?.draft;
    if (draft) {
      const { change, saved, setProblems } = useEditor.getState();
      const document = whole(draft.document);
      change(`Restore version ${number}`, () => document);
      saved({ revision: draft.revision, document });
      setProblems(draft.problems);
    }
    await read(agentId);
    onDone();
    notify({ kind: "ok", title: `Version ${number} runs again, and is on the canvas.`, text: "Undo gives the canvas back that you had." });
    onClose();
  };
  return (
    <>
      <Button onClick={() => setAsked("fork")}>New agent from it</Button>
      {!isActive && <Button onClick={() => setAsked("activate")}>Let it run</Button>}
      <Button look="primary" onClick={() => setAsked("restore")}>Restore it</Button>
      <Confirm
        isOpen={asked === "activate"}
        onClose={close}
        title={`Let version ${number} run?`}
        text="New runs take this version, those of schedules and triggers included, unless they are pinned to another one. The draft stays as it is, and runs that go on keep theirs."
        action="Let it run"
        isDangerous={false}
        act={async () => {
          await activate({ input: { graphId: agentId, number } });
          await read(agentId);
          onDone();
          notify({ kind: "ok", title: `Version ${number} runs now.` });
        }}
      />
      <Confirm isOpen={asked === "restore"} onClose={close} title={`Restore version ${number}?`} text="It runs from now on, and the draft becomes what it says. What is on the canvas now stays behind “undo” as long as this page is open." action="Restore it" isDangerous={false} act={doRestore} />
      {asked === "fork" && <Fork agentId={agentId} number={number} onClose={close} />}
    </>
  );
}

function Fork({ agentId, number, onClose }: { agentId: string; number: number; onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState(`${useEditor.getState().document.name} (copy)`);
  const [fork, { isBusy, problems }] = useChange(VersionForkDocument, { isQuiet: true });
  const go = async () => {
    const answer = await fork({ input: { id: agentId, version: number, name: name.trim() } }).catch(() => null);
    if (!answer?.graph) return;
    notify({ kind: "ok", title: `“${answer.graph.name}” was made.` });
    onClose();
    void navigate(`/build/${answer.graph.id}`);
  };
  return (
    <Dialog isOpen onClose={onClose} title={`New agent from version ${number}`} description="It is an agent of its own from then on. The agents that it runs stay the same." size="small" footer={<><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} disabled={!name.trim()} onClick={() => void go()}>Make it</Button></>}>
      <TextField label="Name" isRequired value={name} error={problems[0]?.message} onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.key === "Enter" && name.trim() && void go()} />
    </Dialog>
  );
}
