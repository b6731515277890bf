/** An agent's name and description. They are part of its file: they change with its next version. */
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import { Refused, told } from "@/data/errors";
import { useChange } from "@/data/useChange";
import type { GraphDocument } from "@/graph/document";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextArea, TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { notify, notifyProblems } from "@/ui/toasts";
import { LibraryDraftDocument, LibraryPublishDocument, LibraryUpdateDraftDocument } from "./agent.generated";
import { hasChanges } from "./draft";
import type { AgentDetail } from "./AgentScreen";

export function AgentTexts({ agent, onChange }: { agent: AgentDetail; onChange: () => void }) {
  const client = useClient();
  const canWrite = useMay()("graphs:write");
  const [name, setName] = useState(agent.name);
  const [description, setDescription] = useState(agent.description);
  const [isBusy, setBusy] = useState(false);
  const [updateDraft, { problems }] = useChange(LibraryUpdateDraftDocument, { isQuiet: true });
  const [publish] = useChange(LibraryPublishDocument);
  const isDirty = name.trim() !== agent.name || description.trim() !== agent.description;

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const answer = await client.query(LibraryDraftDocument, { id: agent.id }, { requestPolicy: "network-only" }).toPromise();
      if (answer.error) return notifyProblems(told(answer.error));
      const graph = answer.data?.graph;
      const draft = graph?.draft;
      if (!graph || !draft) return;
      const isUntouched = !hasChanges(graph) && (graph.versions.nodes[0]?.isActive ?? false);
      const document = { ...(draft.document as GraphDocument), name: name.trim(), description: description.trim() };
      const changed = await updateDraft({ input: { graphId: agent.id, revision: draft.revision, document } });
      // With nothing else in the draft the version can be made at once; else somebody is in the middle of a change.
      if (isUntouched) {
        await publish({ input: { graphId: agent.id, revision: changed.graph?.draft?.revision ?? 1, notes: "Another name or description." } });
        notify({ kind: "ok", title: "The name and the description are saved, as a new version." });
      } else {
        notify({ kind: "ok", title: "They are saved in the draft.", text: agent.activeVersion ? "They are shown once the draft is published." : undefined });
      }
      onChange();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title="Name and description">
      <form className="flex flex-col gap-3" onSubmit={(event) => void save(event)}>
        <TextField label="Name" isRequired maxLength={100} value={name} disabled={!canWrite} onChange={(event) => setName(event.target.value)} error={problems[0]?.message} />
        <TextArea label="Description" rows={3} value={description} disabled={!canWrite} onChange={(event) => setDescription(event.target.value)} />
        <div>
          {canWrite && <Button type="submit" look="primary" isBusy={isBusy} disabled={!isDirty || !name.trim()} title={isDirty ? undefined : "Nothing was changed."}>Save</Button>}
        </div>
      </form>
    </Card>
  );
}
