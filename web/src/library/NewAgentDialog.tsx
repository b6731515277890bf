import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import { useClient } from "urql";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextArea, TextField } from "@/ui/fields";
import { LibraryCreateAgentDocument, LibraryMoveAgentDocument } from "./library.generated";

/** Asks for the name, makes the agent in the folder that is shown, and opens its canvas. */
export function NewAgentDialog({ folderId, onClose }: { folderId: string | null; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [create, { isBusy, problems }] = useChange(LibraryCreateAgentDocument, { isQuiet: true });
  const make = async (event: FormEvent) => {
    event.preventDefault();
    const answer = await create({ input: { name: name.trim(), description: description.trim() } }).catch(() => null);
    if (!answer?.graph) return;
    // Where the folder was deleted meanwhile the agent stands at the top, and is opened all the same.
    if (folderId) await client.mutation(LibraryMoveAgentDocument, { input: { graphId: answer.graph.id, folderId } }).toPromise();
    void navigate(`/build/${answer.graph.id}`);
  };
  return (
    <Dialog isOpen onClose={onClose} size="small" title="New agent" description="Everything can be changed later.">
      <form className="flex flex-col gap-3" onSubmit={(event) => void make(event)}>
        <TextField label="Name" isRequired autoFocus maxLength={100} value={name} onChange={(event) => setName(event.target.value)} error={problems[0]?.message} />
        <TextArea label="Description" rows={3} value={description} onChange={(event) => setDescription(event.target.value)} help="What it does, for those who will run it." />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!name.trim()} isBusy={isBusy}>Make and open it</Button>
        </div>
      </form>
    </Dialog>
  );
}
