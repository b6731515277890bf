/** Who one is, and one's password: a new one in place of the old, or an owner's first one. */
import { print } from "graphql";
import { type FormEvent, useState } from "react";
import type { Told } from "@/data/errors";
import { beginSession } from "@/data/session";
import { useChange } from "@/data/useChange";
import { ROLE_WORDS } from "@/approvals/words";
import { useAccount } from "@/shell/account";
import { useViewer } from "@/shell/viewer";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/fields";
import { Card } from "@/ui/Page";
import { notify } from "@/ui/toasts";
import { PASSWORD_CHARACTERS_MIN, passwordProblem } from "./rights";
import { ChangePasswordDocument } from "./settings.generated";

export function ProfileSection() {
  const viewer = useViewer();
  const { leave } = useAccount();
  return (
    <>
      <Card title="You">
        <dl className="grid grid-cols-[8rem_1fr] gap-y-1.5 text-sm">
          <dt className="text-muted">Name</dt><dd className="break-words">{viewer.name}</dd>
          <dt className="text-muted">E-mail</dt><dd className="break-words">{viewer.email}</dd>
          <dt className="text-muted">Organisation</dt><dd className="break-words">{viewer.organisation.name}</dd>
          <dt className="text-muted">Role there</dt><dd>{ROLE_WORDS[viewer.role]}</dd>
        </dl>
        <div className="mt-3"><Button onClick={() => void leave()}>Sign out</Button></div>
      </Card>
      <Password />
    </>
  );
}

function Password() {
  const [isFirst, setFirst] = useState(false);
  const [old, setOld] = useState("");
  const [key, setKey] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [change, { isBusy }] = useChange(ChangePasswordDocument, { isQuiet: true });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found: Record<string, string> = passwordProblem(password, again);
    if (isFirst ? key.trim() === "" : old === "") found[isFirst ? "key" : "old"] = isFirst ? "Enter the owner's API key." : "Enter your password.";
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    try {
      const input = { oldPassword: isFirst ? "" : old, newPassword: password };
      const token = isFirst ? await firstPassword(key.trim(), input) : (await change({ input })).token;
      // Every session ended with the old password, this one, too: the new one takes its place in the cookie.
      if (token) await beginSession(token);
      for (const set of [setOld, setKey, setPassword, setAgain]) set("");
      notify({ kind: "ok", title: "The password is set. All your other sessions have ended." });
    } catch (error) {
      const [first] = "problems" in (error as object) ? (error as { problems: Told[] }).problems : [];
      const at = first?.path?.at(-1) === "oldPassword" ? (isFirst ? "key" : "old") : first?.path?.includes("password") ? "password" : "all";
      setProblems({ [at]: first?.message ?? (error as Error).message });
    }
  };

  return (
    <Card title="Password">
      <form onSubmit={(event) => void submit(event)} noValidate className="flex max-w-md flex-col gap-3" aria-label="Password">
        <input type="text" name="username" autoComplete="username" hidden readOnly value={useViewer().email} />
        {isFirst ? (
          <TextField label="The owner's API key" type="password" autoComplete="off" isRequired value={key} error={problems.key} onChange={(event) => setKey(event.target.value)} help="It was shown when the stack started for the first time, and stands in owner.token in its data folder." />
        ) : (
          <TextField label="Current password" type="password" autoComplete="current-password" isRequired value={old} error={problems.old} onChange={(event) => setOld(event.target.value)} />
        )}
        <TextField label="New password" type="password" autoComplete="new-password" isRequired value={password} error={problems.password} onChange={(event) => setPassword(event.target.value)} help={`At least ${PASSWORD_CHARACTERS_MIN} characters. A few words that belong together only for you are best.`} />
        <TextField label="New password again" type="password" autoComplete="new-password" isRequired value={again} error={problems.again} onChange={(event) => setAgain(event.target.value)} />
        {problems.all && <p role="alert" className="text-sm text-danger">{problems.all}</p>}
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" isBusy={isBusy}>Set the password</Button>
          <button type="button" className="text-sm text-accent underline" onClick={() => { setFirst(!isFirst); setProblems({}); }}>
            {isFirst ? "I have a password" : "I am the owner and have none yet"}
          </button>
        </div>
      </form>
    </Card>
  );
}

/** Only the owner's own key sets the first password: it goes along with this one request, and is not kept. */
async function firstPassword(key: string, input: { oldPassword: string; newPassword: string }): Promise<string> {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ query: print(ChangePasswordDocument), variables: { input } }),
  });
  const { data, errors } = (await answer.json()) as { data?: { changePassword?: { token: string | null; errors: Told[] } } | null; errors?: { message: string }[] };
  const problem = errors?.[0] ?? data?.changePassword?.errors[0];
  if (problem) throw new Error(problem.message);
  const token = data?.changePassword?.token;
  if (!token) throw new Error("The API gave no answer to that.");
  return token;
}
