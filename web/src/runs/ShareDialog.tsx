/** Links by which anyone may read what a run gave: making one, and ending those that are there. */
import { useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/fields";
import { Failed, Loading } from "@/ui/states";
import { Badge } from "@/ui/Status";
import { RunShareMakeDocument, RunShareRevokeDocument, RunSharesDocument, type RunSharesQuery } from "./run.generated";

const DAYS = [
  { value: "1", label: "For a day" },
  { value: "7", label: "For a week" },
  { value: "30", label: "For 30 days" },
  { value: "", label: "Until it is ended" },
];

export function ShareDialog({ runId, onClose }: { runId: string; onClose: () => void }) {
  const [{ data, error }, again] = useQuery({ query: RunSharesDocument, variables: { id: runId }, requestPolicy: "network-only" });
  const [days, setDays] = useState("7");
  const [link, setLink] = useState<string | null>(null);
  const [make, making] = useChange(RunShareMakeDocument);
  const read = () => again({ requestPolicy: "network-only" });
  const share = async () => {
    try {
      const payload = await make({ input: { id: runId, expiresInDays: days ? Number(days) : null } });
      setLink(`${location.origin}/share/${payload.token ?? ""}`);
      read();
    } catch {
      // A notice has told it.
    }
  };
  return (
    <Dialog isOpen onClose={onClose} title="Share with a link" description="Whoever has the link can read the outputs and the state of this run, and nothing else. They need no account.">
      <div className="flex flex-col gap-4">
        <div className="flex items-end gap-2">
          <div className="w-48"><SelectField label="It works" options={DAYS} value={days} onChange={setDays} /></div>
          <Button look="primary" isBusy={making.isBusy} onClick={() => void share()}>Make a link</Button>
        </div>
        {link && <CopyField label="The link" value={link} help="Copy it now: it is not shown again." />}
        <section aria-label="Links that were made">
          <h3 className="mb-1 text-sm font-semibold">Links that were made</h3>
          {error && <Failed errors={told(error)} retry={read} />}
          {!data && !error && <Loading />}
          {data && data.run.shares.length === 0 && <p className="text-sm text-muted">None so far.</p>}
          <ul className="flex flex-col divide-y divide-line">
            {data?.run.shares.map((one) => <Share key={one.id} share={one} read={read} />)}
          </ul>
        </section>
      </div>
    </Dialog>
  );
}

function Share({ share, read }: { share: RunSharesQuery["run"]["shares"][number]; read: () => void }) {
  const [revoke, { isBusy }] = useChange(RunShareRevokeDocument);
  const hasExpired = share.expiresAt != null && new Date(share.expiresAt).getTime() < Date.now();
  const isOver = share.revokedAt != null || hasExpired;
  return (
    <li className="flex flex-wrap items-center gap-2 py-1.5 text-sm">
      <span className="min-w-0 flex-1">
        Made <span title={moment(share.createdAt)}>{ago(share.createdAt)}</span>
        {share.createdBy && <> by {share.createdBy.name || share.createdBy.email}</>}
        {!isOver && share.expiresAt && <span className="text-muted">, ends {ago(share.expiresAt)}</span>}
      </span>
      {isOver ? <Badge>{share.revokedAt ? "Ended" : "Over"}</Badge> : <Button isSmall look="danger" isBusy={isBusy} onClick={() => void revoke({ id: share.id }).then(read, () => undefined)}>End this link</Button>}
    </li>
  );
}
