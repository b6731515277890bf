/** What can be set of an agent: its name, the version it runs, limits of its runs, what it remembers, and its end. */
import { useNavigate } from "react-router";
import { useState } from "react";
import type { UpdateLibraryEntryInput } from "@/data/schema.generated";
import { useChange } from "@/data/useChange";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Toggle } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { notify } from "@/ui/toasts";
import { AgentLimits } from "./AgentLimits";
import { AgentMemories } from "./AgentMemories";
import type { AgentDetail } from "./AgentScreen";
import { AgentTexts } from "./AgentTexts";
import { DeletionText, goneWith } from "./DeletionText";
import type { Entry } from "./items";
import { LibraryDeleteAgentDocument } from "./library.generated";

type Props = { agent: AgentDetail; entry: Entry | null; onChange: () => void; onEntry: (wish: Omit<UpdateLibraryEntryInput, "entryId">) => void };

export function AgentSettings({ agent, entry, onChange, onEntry }: Props) {
  const may = useMay();
  const navigate = useNavigate();
  const [isAsked, setAsked] = useState(false);
  const [remove] = useChange(LibraryDeleteAgentDocument);
  const isFromListing = entry?.listingVersion != null;
  return (
    <div className="flex max-w-3xl flex-col gap-4">
      <AgentTexts key={agent.activeVersion?.id ?? agent.id} agent={agent} onChange={onChange} />
      <Card title="For you">
        {may("library:write") ? <Toggle
          label={isFromListing ? "Take newer versions from the marketplace" : "Follow the version that the organisation runs"}
          help={
            isFromListing
              ? "When you start a run, the newest version that was approved is installed first."
              : "Off: your runs from the library stay at the version that is active now, until you turn this on again."
          }
          isOn={entry?.isAutoUpdated ?? true}
          isDisabled={!agent.activeVersion}
          onChange={(isOn) => onEntry({ isAutoUpdated: isOn })}
        /> : <p className="text-sm text-muted">Your role keeps nothing of its own about agents.</p>}
      </Card>
      <AgentLimits agentId={agent.id} />
      <AgentMemories agentId={agent.id} />
      {may("graphs:write") && (
        <Card title="Delete">
          <div className="flex flex-wrap items-center gap-3">
            <p className="min-w-56 flex-1 text-sm text-muted">Its schedules go with it, and webhooks start it no more. Its past runs can still be looked at.</p>
            <Button look="danger" onClick={() => setAsked(true)}>Delete this agent</Button>
          </div>
        </Card>
      )}
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={`Delete “${agent.name}”?`}
        text={isAsked ? <DeletionText agentId={agent.id} /> : ""}
        action="Delete the agent"
        act={async () => {
          const gone = await remove({ id: agent.id });
          notify({ kind: "ok", title: `“${agent.name}” was deleted.`, text: goneWith(gone.deletedSchedulesCount, gone.detachedWebhooksCount) });
          void navigate("/library");
        }}
      />
    </div>
  );
}
