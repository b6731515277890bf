/** Accept an invitation: a new person makes an account and is in; one who has an account signs in with their own password. */
import { type FormEvent, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { beginSession } from "@/data/session";
import { useChange } from "@/data/useChange";
import { useTheme } from "@/shell/theme";
import { Button, LinkButton } from "@/ui/Button";
import { TextField } from "@/ui/fields";
import { useTitle } from "@/ui/Page";
import { Empty } from "@/ui/states";
import { AcceptInvitationDocument } from "./invitation.generated";
import { PASSWORD_CHARACTERS_MIN, passwordProblem } from "./rights";

export function Component() {
  useTheme();
  useTitle("Invitation");
  const { token = "" } = useParams();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [found, setFound] = useState<Record<string, string | undefined>>({});
  const [isMember, setMember] = useState(false);
  const [accept, { isBusy, problems }] = useChange(AcceptInvitationDocument, { isQuiet: true });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const missing: Record<string, string | undefined> = { ...passwordProblem(password, again), ...(name.trim() === "" ? { name: "Enter your name." } : {}) };
    setFound(missing);
    if (Object.keys(missing).length > 0) return;
    const answer = await accept({ input: { token, name: name.trim(), password } }).catch(() => null);
    if (!answer) return;
    if (!answer.token) return setMember(true);
    await beginSession(answer.token);
    void navigate("/library", { replace: true });
  };
  const at = (field: string) => found[field] ?? problems.find((one) => one.path?.includes(field))?.message;
  const others = problems.filter((one) => !one.path?.some((field) => field === "name" || field === "password"));
  return (
    <main className="flex min-h-full items-center justify-center p-4">
      {isMember ? (
        <div role="status" className="w-96 max-w-full rounded-xl border border-line bg-surface">
          <Empty title="You are a member now" text="You have an account here already. Sign in with its password, which stays as it was; the organisation is in the menu at the lower left.">
            <LinkButton to="/library" look="primary">To the library</LinkButton>
          </Empty>
        </div>
      ) : (
        <form onSubmit={(event) => void submit(event)} noValidate className="flex w-96 max-w-full flex-col gap-4 rounded-xl border border-line bg-surface p-6" aria-labelledby="invitation">
          <div>
            <h1 id="invitation" className="text-xl font-semibold">You are invited to Drystone</h1>
            <p className="mt-1 text-sm text-muted">Say who you are, and choose a password. If you have an account with this e-mail here, it keeps its own.</p>
          </div>
          <TextField label="Name" autoComplete="name" isRequired value={name} error={at("name")} onChange={(event) => setName(event.target.value)} />
          <TextField label="Password" type="password" autoComplete="new-password" isRequired value={password} error={at("password")} onChange={(event) => setPassword(event.target.value)} help={`At least ${PASSWORD_CHARACTERS_MIN} characters.`} />
          <TextField label="Password again" type="password" autoComplete="new-password" isRequired value={again} error={at("again")} onChange={(event) => setAgain(event.target.value)} />
          {others.map((one) => <p key={one.message} role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{one.message} {one.remedy}</p>)}
          <Button type="submit" look="primary" isBusy={isBusy}>Accept the invitation</Button>
        </form>
      )}
    </main>
  );
}
