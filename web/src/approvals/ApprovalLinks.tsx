/** Links by which one person decides one approval once, without signing in. Whoever has the link decides in that person's name. */
import { Link2 } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay, useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/fields";
import { ApprovalPeopleDocument, type ApprovalCardPartsFragment, MakeApprovalLinkDocument, RevokeApprovalLinkDocument } from "./approval.generated";

const HOURS = [
  { value: "4", label: "4 hours" },
  { value: "24", label: "1 day" },
  { value: "72", label: "3 days" },
  { value: "168", label: "7 days" },
];

export function ApprovalLinks({ approval, read }: { approval: ApprovalCardPartsFragment; read: () => void }) {
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [revoke, { isBusy }] = useChange(RevokeApprovalLinkDocument);
  const open = approval.links.filter((one) => !one.usedAt && !one.revokedAt && new Date(one.expiresAt) > new Date());
  if (!may("approvals:decide")) return null;
  return (
    <section aria-label="Links" className="flex flex-col items-start gap-2 border-t border-line pt-3">
      {open.length > 0 && (
        <ul className="flex w-full flex-col gap-1">
          {open.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-2 text-sm">
              <span className="min-w-0 flex-1">Link for {one.person ? one.person.name || one.person.email : "somebody who has left"}, until {moment(one.expiresAt)}</span>
              <Button isSmall isBusy={isBusy} onClick={() => void revoke({ id: one.id }).then(read, () => undefined)}>End this link</Button>
            </li>
          ))}
        </ul>
      )}
      <Button isSmall icon={<Link2 className="size-3.5" aria-hidden />} onClick={() => setOpen(true)}>Make a link to decide it elsewhere</Button>
      {isOpen && <MakeLink approvalId={approval.id} onClose={() => { setOpen(false); read(); }} />}
    </section>
  );
}

function MakeLink({ approvalId, onClose }: { approvalId: string; onClose: () => void }) {
  const viewer = useViewer();
  const may = useMay();
  const mayForOthers = may("members:write");
  const [{ data }] = useQuery({ query: ApprovalPeopleDocument, pause: !mayForOthers });
  const [memberId, setMemberId] = useState("");
  const [hours, setHours] = useState("72");
  const [link, setLink] = useState<string | null>(null);
  const [make, { isBusy, problems }] = useChange(MakeApprovalLinkDocument, { isQuiet: true });
  const people = [
    { value: "", label: "Me" },
    ...(data?.members ?? []).filter((one) => one.id !== viewer.id && one.email !== viewer.email).map((one) => ({ value: one.id, label: `${one.name || one.email} (${one.email})` })),
  ];
  const go = async () => {
    const answer = await make({ input: { approvalId, memberId: memberId || null, expiresInHours: Number(hours) } }).catch(() => null);
    if (answer?.token) setLink(`${location.origin}/approve/${answer.token}`);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      size="small"
      title="A link to decide this"
      description="Whoever opens it sees what is asked and decides once, without signing in, in the name of the person that you choose."
      footer={link ? <Button look="primary" onClick={onClose}>Done</Button> : <><Button onClick={onClose}>Cancel</Button><Button look="primary" isBusy={isBusy} onClick={() => void go()}>Make the link</Button></>}
    >
      {link ? (
        <CopyField label="The link" value={link} help="It is shown this once. Send it only to whom it is for." />
      ) : (
        <div className="flex flex-col gap-3">
          {mayForOthers && <SelectField label="It decides in the name of" options={people} value={memberId} onChange={setMemberId} />}
          <SelectField label="It ends after" options={HOURS} value={hours} onChange={setHours} />
          {problems.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
        </div>
      )}
    </Dialog>
  );
}
