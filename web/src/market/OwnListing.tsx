import { Ellipsis, Pencil, Plus, Send, Trash2, Undo2 } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import type { ListingState } from "@/data/schema.generated";
import { ago } from "@/data/times";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Dialog";
import { Menu } from "@/ui/Menu";
import { Badge, type Tone } from "@/ui/Status";
import { notify } from "@/ui/toasts";
import type { ListingTask } from "./ListingDialog";
import { MarketDeleteDocument, type MarketOwnListingsQuery, MarketSubmitDocument, type MarketVersionPartsFragment, MarketWithdrawDocument } from "./market.generated";

type Own = MarketOwnListingsQuery["ownListings"]["nodes"][number];

const LOOKS: Record<ListingState, { word: string; tone: Tone }> = {
  DRAFT: { word: "Draft", tone: "neutral" },
  PENDING: { word: "Waits for a reviewer", tone: "info" },
  APPROVED: { word: "Approved", tone: "ok" },
  REJECTED: { word: "Rejected", tone: "danger" },
};

export function OwnListing({ listing, onTask, onChange }: { listing: Own; onTask: (task: ListingTask) => void; onChange: () => void }) {
  const [isDoomed, setDoomed] = useState(false);
  const [remove] = useChange(MarketDeleteDocument);
  const [newest] = listing.versions;
  const isOpen = listing.versions.some((one) => one.status === "DRAFT" || one.status === "PENDING");
  const name = listing.active?.name ?? newest?.name ?? listing.slug;
  return (
    <li className="rounded-xl border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <div className="min-w-56 flex-1">
          <h3 className="text-sm font-semibold break-words">{listing.active && listing.creator ? <Link className="underline" to={`/marketplace/${listing.creator.handle}/${listing.slug}`}>{name}</Link> : name}</h3>
          <p className="text-xs text-muted">
            {listing.active ? `Everyone sees version ${listing.active.number}` : "Nobody else sees it"}, {listing.runCount.toLocaleString()} {listing.runCount === 1 ? "run" : "runs"} by others
          </p>
        </div>
        {!isOpen && newest && <Button isSmall icon={<Plus className="size-3.5" aria-hidden />} onClick={() => onTask({ kind: "version", listingId: listing.id, graphId: listing.graphId, last: newest })} aria-label={`New version of ${name}`}>New version</Button>}
        <Menu items={[{ label: "Delete the listing", icon: <Trash2 className="size-4" />, isDangerous: true, act: () => setDoomed(true) }]}>
          <button type="button" aria-label={`More about ${name}`} className="flex size-7 items-center justify-center rounded-md text-muted hover:bg-sunken"><Ellipsis className="size-4" aria-hidden /></button>
        </Menu>
      </div>
      <ol aria-label={`Versions of ${name}`} className="border-t border-line">
        {listing.versions.map((one) => <Version key={one.id} version={one} graphId={listing.graphId} onTask={onTask} onChange={onChange} />)}
      </ol>
      <Confirm
        isOpen={isDoomed}
        onClose={() => setDoomed(false)}
        title={`Delete the listing “${name}”?`}
        text="It leaves the marketplace for good, and its address is never used again. Copies in libraries stay."
        action="Delete the listing"
        act={async () => {
          await remove({ id: listing.id });
          onChange();
        }}
      />
    </li>
  );
}

function Version({ version, graphId, onTask, onChange }: { version: MarketVersionPartsFragment; graphId: string; onTask: (task: ListingTask) => void; onChange: () => void }) {
  const [submit, submitting] = useChange(MarketSubmitDocument);
  const [withdraw, withdrawing] = useChange(MarketWithdrawDocument);
  const look = LOOKS[version.status];
  const send = () =>
    void submit({ id: version.id }).then(
      () => {
        notify({ kind: "ok", title: "It was submitted.", text: "A reviewer looks at it. Until then nobody else sees it." });
        onChange();
      },
      () => undefined,
    );
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2 text-sm last:border-0">
      <span className="min-w-56 flex-1">
        Version {version.number} <Badge tone={look.tone}>{look.word}</Badge>{" "}
        <span className="text-xs text-muted">
          {version.graphVersion ? `of the agent’s version ${version.graphVersion}, ` : ""}
          {version.reviewedAt ? `decided ${ago(version.reviewedAt)}` : version.submittedAt && version.status === "PENDING" ? `submitted ${ago(version.submittedAt)}` : `made ${ago(version.createdAt)}`}
        </span>
      </span>
      {version.status === "DRAFT" && (
        <>
          <Button isSmall icon={<Pencil className="size-3.5" aria-hidden />} onClick={() => onTask({ kind: "draft", graphId, version })}>Change</Button>
          <Button isSmall look="primary" icon={<Send className="size-3.5" aria-hidden />} isBusy={submitting.isBusy} onClick={send}>Submit for review</Button>
        </>
      )}
      {version.status === "PENDING" && <Button isSmall icon={<Undo2 className="size-3.5" aria-hidden />} isBusy={withdrawing.isBusy} onClick={() => void withdraw({ id: version.id }).then(onChange, () => undefined)}>Take it back</Button>}
      {version.reviewComments && <p className="w-full break-words whitespace-pre-line text-muted">The reviewer: {version.reviewComments}</p>}
    </li>
  );
}
