/** The members of the organisation: invite, change a role, take out. */
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import type { Role } from "@/data/schema.generated";
import { ago, moment } from "@/data/times";
import { useChange } from "@/data/useChange";
import { useMay, useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Confirm, Dialog } from "@/ui/Dialog";
import { SelectField, TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { Failed, Loading } from "@/ui/states";
import { type Column, Table } from "@/ui/Table";
import { notify } from "@/ui/toasts";
import { rankOf, ROLES, rolesUpTo } from "./rights";
import { InviteMemberDocument, RemoveMemberDocument, SetMemberRoleDocument, SettingsMembersDocument, type SettingsMemberPartsFragment as Member } from "./settings.generated";

export function MembersSection() {
  const viewer = useViewer();
  const mayChange = useMay()("members:write");
  const [{ data, error }, again] = useQuery({ query: SettingsMembersDocument });
  const read = () => again({ requestPolicy: "network-only" });
  const [isInviting, setInviting] = useState(false);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const [setRole] = useChange(SetMemberRoleDocument);
  const [remove] = useChange(RemoveMemberDocument);
  const change = async (member: Member, role: string) => {
    const done = await setRole({ input: { memberId: member.id, role: role as Role } }).catch(() => null);
    if (done) notify({ kind: "ok", title: `${member.name} now has the role ${roleLabel(role as Role)}.` });
    read();
  };
  const isBelow = (member: Member) => mayChange && member.id !== viewer.id && rankOf(member.role) <= rankOf(viewer.role);
  const columns: Column<Member>[] = [
    { id: "name", header: "Name", className: "min-w-48", cell: (one) => <><span className="font-medium wrap-anywhere">{one.name}</span>{one.id === viewer.id && <span className="text-muted"> (you)</span>}<span className="block text-xs wrap-anywhere text-muted">{one.email}</span></> },
    {
      id: "role",
      header: "Role",
      cell: (one) =>
        isBelow(one) ? (
          <div className="w-40"><SelectField label={`Role of ${one.name}`} isLabelHidden value={one.role} options={rolesUpTo(viewer.role)} onChange={(role) => void change(one, role)} /></div>
        ) : (
          roleLabel(one.role)
        ),
    },
    { id: "since", header: "Since", className: "whitespace-nowrap", cell: (one) => <span title={moment(one.createdAt)}>{ago(one.createdAt)}</span> },
    { id: "out", header: "Take out", isHeaderHidden: true, className: "text-right", cell: (one) => isBelow(one) && <Button isSmall look="danger" aria-label={`Take out ${one.name}`} onClick={() => setLeaving(one)}>Take out</Button> },
  ];
  return (
    <>
      <Card title={`Members of ${viewer.organisation.name}`} actions={mayChange && <Button isSmall look="primary" icon={<UserPlus className="size-4" aria-hidden />} onClick={() => setInviting(true)}>Invite somebody</Button>}>
        {error && !data && <Failed errors={told(error)} retry={read} />}
        {!data && !error && <Loading />}
        {data && <Table label="Members" columns={columns} rows={data.members} keyOf={(one) => one.id} />}
        {!mayChange && <p className="mt-2 text-xs text-muted">An administrator invites people and changes roles.</p>}
      </Card>
      <Card title="What roles may do">
        <dl className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[8rem_1fr]">
          {ROLES.map((one) => <div key={one.value} className="contents"><dt className="font-medium">{one.label}</dt><dd className="text-muted">{one.text}</dd></div>)}
        </dl>
      </Card>
      {isInviting && <Invite own={viewer.role} onClose={() => { setInviting(false); read(); }} />}
      <Confirm isOpen={leaving !== null} onClose={() => setLeaving(null)} title={`Take ${leaving?.name ?? ""} out?`} text="Their sessions and API keys end at once. What they built and ran stays. Their own credentials are of no use to others." action="Take out" act={async () => { if (leaving) await remove({ id: leaving.id }); read(); }} />
    </>
  );
}

const roleLabel = (role: Role): string => ROLES.find((one) => one.value === role)?.label ?? role;

function Invite({ own, onClose }: { own: Role; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("OPERATOR");
  const [made, setMade] = useState<{ link: string; expiresAt: string } | null>(null);
  const [invite, { isBusy, problems }] = useChange(InviteMemberDocument, { isQuiet: true });
  const choices = rolesUpTo(own);
  const go = async () => {
    const answer = await invite({ input: { email: email.trim(), role } }).catch(() => null);
    if (answer?.token) setMade({ link: `${location.origin}/invitation/${answer.token}`, expiresAt: answer.expiresAt ?? "" });
  };
  const refused = (name: string) => problems.find((one) => one.path?.includes(name))?.message;
  const others = problems.filter((one) => !one.path?.some((name) => name === "email" || name === "role"));
  if (made) {
    return (
      <Dialog isOpen onClose={onClose} title="The invitation" description={`For ${email.trim()}, until ${moment(made.expiresAt)}. Nothing was sent: give them this link yourself.`} footer={<Button look="primary" onClick={onClose}>Done</Button>}>
        <CopyField label="The link" value={made.link} help="It is shown this once, and serves once." />
      </Dialog>
    );
  }
  return (
    <Dialog isOpen onClose={onClose} size="small" title="Invite somebody">
      <form className="flex flex-col gap-3" noValidate onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <TextField label="E-mail" type="email" isRequired value={email} error={refused("email")} onChange={(event) => setEmail(event.target.value)} />
        <SelectField label="Role" options={choices} value={role} error={refused("role")} onChange={(value) => setRole(value as Role)} help={`Who has it ${choices.find((one) => one.value === role)?.text ?? ""}.`} />
        {others.map((one) => <p key={one.message} role="alert" className="text-sm text-danger">{one.message} {one.remedy}</p>)}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" isBusy={isBusy} disabled={email.trim() === ""}>Make the link</Button>
        </div>
      </form>
    </Dialog>
  );
}
