/** Says that a version is looked at in place of the draft, and how to go on from there. */
import { History } from "lucide-react";
import type { GraphDocument } from "@/graph/document";
import { isDraft } from "@/run/source";
import { useMay } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { editAsDraft } from "./oldVersion";

export function OldVersionBar({ version, document, leave }: { version: number; document: GraphDocument; leave: () => void }) {
  const mayWrite = useMay()("graphs:write");
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 border-b border-line bg-info-soft px-3 py-1.5 text-sm">
      <History className="size-4 shrink-0 text-info" aria-hidden />
      <p className="min-w-0 flex-1">You see {isDraft(version) ? "the draft" : `version ${version}`}, as it ran. Nothing can be changed here; your draft is kept.</p>
      <Button
        isSmall
        disabled={!mayWrite}
        onClick={() => {
          leave();
          editAsDraft(document, version);
        }}
      >
        Edit as draft
      </Button>
      <Button isSmall onClick={leave}>Back to the draft</Button>
    </div>
  );
}
