/**
 * Take in a file of AutoGPT or of Drystone that is dropped anywhere on the page, or chosen: `children` gets what opens the choice.
 * It becomes an agent of its own; what of it is not as it was is told before it is opened.
 */
import { CircleAlert, CircleCheck, FileJson, TriangleAlert } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useChange } from "@/data/useChange";
import { blockWords } from "@/graph/words";
import { useMay } from "@/shell/viewer";
import { upload } from "@/schema-form/FileField";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { notify } from "@/ui/toasts";
import { Words } from "@/ui/Words";
import { useEditor } from "../store";
import { type BuildImportMutation, BuildImportDocument } from "./publish.generated";

type Imported = BuildImportMutation["importGraph"];
/** A request of GraphQL is bounded; what is larger goes up as a file first. */
const INLINE_BYTES_MAX = 500_000;

type Props = { folderId?: string | null; onImported?: (graphId: string) => void; children?: (pick: () => void) => ReactNode };

export function ImportDrop({ folderId = null, onImported, children }: Props) {
  const canWrite = useMay()("graphs:write");
  const input = useRef<HTMLInputElement>(null);
  const [send] = useChange(BuildImportDocument);
  const [done, setDone] = useState<Imported | null>(null);
  const take = useCallback(
    async (file: File | undefined) => {
      if (!file) return;
      try {
        const given = file.size > INLINE_BYTES_MAX ? { fileId: (await upload(file)).id } : { document: parsed(await file.text()) };
        const answer = await send({ input: { ...given, folderId } }).catch(() => null);
        if (!answer?.graph) return;
        setDone(answer);
        onImported?.(answer.graph.id);
      } catch (error) {
        notify({ kind: "error", title: `“${file.name}” was not imported.`, text: error instanceof Error ? error.message : String(error) });
      }
    },
    [send, folderId, onImported],
  );
  const isOver = useFileDrop(canWrite, take);
  return (
    <>
      {children?.(() => input.current?.click())}
      <input ref={input} type="file" accept=".json,application/json" aria-label="File of an agent" className="hidden" tabIndex={-1} onChange={(event) => { void take(event.target.files?.[0]); event.target.value = ""; }} />
      {isOver && (
        <div className="pointer-events-none fixed inset-3 z-[90] flex flex-col items-center justify-center gap-2 rounded-xl border-2 border-dashed border-accent bg-accent-soft/90 text-accent" role="status">
          <FileJson className="size-10" aria-hidden />
          <p className="text-base font-medium">Drop the file to import it as an agent</p>
        </div>
      )}
      {done?.graph && <Outcome answer={done} onClose={() => setDone(null)} />}
    </>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("It is no JSON file. Choose a file that AutoGPT or Drystone exported.");
  }
}

/** Hear files that are dragged over the page. A field that takes files of its own keeps those that are dropped on it. */
function useFileDrop(isOn: boolean, take: (file: File | undefined) => Promise<void>): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    if (!isOn) return;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    // `relatedTarget` is null when the pointer leaves the page, and not when it goes from one element to another.
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      void take(event.dataTransfer?.files[0]);
    };
    const end = () => setOver(false);
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    // A field that keeps the file lets nothing through to the page: it is over all the same.
    window.addEventListener("drop", end, true);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
      window.removeEventListener("drop", end, true);
    };
  }, [isOn, take]);
  return isOver;
}

function Outcome({ answer, onClose }: { answer: Imported; onClose: () => void }) {
  const navigate = useNavigate();
  const { graph, version, bundled, problems } = answer;
  if (!graph) return null;
  const notes = answer.fidelity.filter((one) => one.fidelity !== "EXACT");
  const isHere = useEditor.getState().agentId === graph.id;
  const open = () => {
    onClose();
    // The open agent has a new version: the editor reads it anew.
    if (isHere) useEditor.getState().close();
    void navigate(`/build/${graph.id}`);
    if (isHere) location.reload();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`“${graph.name}” was imported`}
      description={graph.versions.nodes.length > 1 ? `It was here already, and this is its version ${version?.number} now.` : "It is an agent of its own, with a first version that is published."}
      footer={
        <>
          <Button onClick={onClose}>Stay here</Button>
          <Button look="primary" onClick={open}>Open it</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {bundled.length > 0 && <p>With it came the agents that it runs: {bundled.map((one) => one.name).join(", ")}.</p>}
        {notes.length === 0 && problems.length === 0 && (
          <p className="flex items-center gap-2 text-ok"><CircleCheck className="size-4" aria-hidden />All {answer.fidelity.length} nodes are exactly as in the file.</p>
        )}
        {notes.length > 0 && (
          <section>
            <h3 className="font-medium">Not exactly as in the file</h3>
            <ul className="mt-1 flex flex-col gap-1">
              {notes.map((one) => (
                <li key={one.nodeId} className="flex items-start gap-2">
                  <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden />
                  <span className="min-w-0 break-words"><strong className="font-medium">{one.title || blockWords(one.blockName)}</strong>: {one.why || (one.fidelity === "PLACEHOLDER" ? "Its block is not installed here. It shows and exports, and does not run." : "It was adapted.")}</span>
                </li>
              ))}
            </ul>
          </section>
        )}
        {problems.length > 0 && (
          <section>
            <h3 className="font-medium">To look at before it runs</h3>
            <ul className="mt-1 flex flex-col gap-1">
              {problems.map((one, index) => (
                <li key={index} className="flex items-start gap-2">
                  <CircleAlert className={`mt-0.5 size-4 shrink-0 ${one.severity === "ERROR" ? "text-danger" : "text-warn"}`} aria-hidden />
                  <span className="min-w-0 break-words"><Words text={one.message} /> <Words text={one.remedy} /></span>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Dialog>
  );
}
