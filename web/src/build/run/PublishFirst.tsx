/** What is run is a version. Where the draft says something else: publish it and run that, or run what was published. */
import { Play, Rocket } from "lucide-react";
import { useState } from "react";
import { useCatalogue } from "@/blocks/blocks";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { PublishDialog } from "../publish/PublishDialog";
import { usePublished } from "../publish/published";

type Props = { agentId: string; active: number | null; onClose: () => void; onVersion: (version: number) => void };

export function PublishFirst({ agentId, active, onClose, onVersion }: Props) {
  const { blocks } = useCatalogue();
  const mayPublish = useMay()("graphs:write");
  const [isPublishing, setPublishing] = useState(false);
  // The publish dialog closes when it is done, too: what runs by then tells the two apart.
  const closed = () => {
    const now = usePublished.getState();
    const version = now.agentId === agentId ? (now.active?.number ?? null) : null;
    if (version !== null && version !== active) onVersion(version);
    else onClose();
  };
  if (isPublishing) return <PublishDialog blocks={blocks} onClose={closed} />;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="small"
      title={active === null ? "Publish it, and run it" : "Which version is to run?"}
      description={active === null ? "An agent runs once it is published: a version never changes, so every run can be repeated." : `Your draft has changes that version ${active} has not.`}
      footer={
        <>
          {active !== null && <Button icon={<Play className="size-4" aria-hidden />} onClick={() => onVersion(active)}>Run version {active}</Button>}
          <Button look="primary" disabled={!mayPublish} title={mayPublish ? undefined : "Your role may not publish."} icon={<Rocket className="size-4" aria-hidden />} onClick={() => setPublishing(true)}>Publish and run</Button>
        </>
      }
    >
      <p className="text-sm text-muted">
        {active === null ? "You see what is published, then give its inputs." : `Publish the draft and run it, or run version ${active} as it was published. Your draft stays as it is either way.`}
      </p>
    </Dialog>
  );
}
