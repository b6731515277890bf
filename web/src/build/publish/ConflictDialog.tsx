/** Somebody else, or another page, has saved the draft meanwhile: a person decides, and neither of the two is lost. */
import { useEffect, useState } from "react";
import { useClient } from "urql";
import type { Blocks } from "@/blocks/blocks";
import { told, type Told } from "@/data/errors";
import { ago } from "@/data/times";
import type { GraphDocument } from "@/graph/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Failed, Loading } from "@/ui/states";
import { useEditor } from "../store";
import { compare } from "./compare";
import { DiffView } from "./DiffView";
import { type DraftNowQuery, DraftNowDocument } from "./draft.generated";
import { removeCopy } from "./localCopy";
import { whole } from "./published";
import { saveNow } from "./saving";

type Theirs = NonNullable<NonNullable<DraftNowQuery["graph"]>["draft"]>;

export function ConflictDialog({ blocks }: { blocks: Blocks }) {
  const isOpen = useEditor((state) => state.saveState === "conflict");
  return isOpen ? <Conflict blocks={blocks} /> : null;
}

function Conflict({ blocks }: { blocks: Blocks }) {
  const client = useClient();
  const agentId = useEditor((state) => state.agentId);
  const mine = useEditor((state) => state.document);
  const [theirs, setTheirs] = useState<Theirs | null>(null);
  const [errors, setErrors] = useState<Told[]>([]);
  const [isHidden, setHidden] = useState(false);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isLate = false;
    void client.query(DraftNowDocument, { id: agentId ?? "" }, { requestPolicy: "network-only" }).toPromise().then((answer) => {
      if (isLate) return;
      setErrors(answer.error ? told(answer.error) : []);
      setTheirs(answer.data?.graph?.draft ?? null);
    });
    return () => {
      isLate = true;
    };
  }, [client, agentId, turn]);

  if (isHidden) return <Button isSmall look="danger" onClick={() => setHidden(false)}>Decide which draft to keep</Button>;
  const other = theirs ? whole(theirs.document) : null;
  return (
    <Dialog
      isOpen
      onClose={() => setHidden(true)}
      title="This draft was changed elsewhere"
      description={theirs ? `${theirs.updatedBy?.name ?? "Somebody"} saved it ${ago(theirs.updatedAt)}, while you were editing. Choose which one to go on with. The other one stays behind “undo” in this page.` : "It was saved elsewhere while you were editing."}
      size="full"
      footer={
        <>
          <Button onClick={() => setHidden(true)}>Decide later</Button>
          <Button disabled={!theirs} onClick={() => theirs && take(theirs, "theirs")}>Load the other one</Button>
          <Button look="primary" disabled={!theirs} onClick={() => theirs && take(theirs, "mine")}>Keep mine</Button>
        </>
      }
    >
      {errors.length > 0 ? (
        <Failed errors={errors} retry={() => setTurn(turn + 1)} />
      ) : other ? (
        <div className="flex h-full flex-col gap-2">
          <p className="text-sm">How yours differs from the one that was saved elsewhere:</p>
          <DiffView before={other} after={mine} difference={compare(other, mine, blocks)} blocks={blocks} label="How your draft differs from the other one" />
        </div>
      ) : (
        <Loading text="Reading the other draft" />
      )}
    </Dialog>
  );
}

/** Go on with one of the two; the steps of undo have both. */
function take(theirs: Theirs, which: "mine" | "theirs"): void {
  const { agentId, document: mine, change, saved, setProblems } = useEditor.getState();
  const other: GraphDocument = whole(theirs.document);
  change("Load the other draft", () => other);
  saved({ revision: theirs.revision, document: other });
  if (which === "theirs") {
    setProblems(theirs.problems);
    if (agentId) removeCopy(agentId);
    return;
  }
  useEditor.getState().change("Keep my draft", () => mine);
  void saveNow();
}
