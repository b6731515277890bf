/** Signing in: with an address and a password, or with an access token, such as the one that `./run demo` links to. */
import { type FormEvent, useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useClient } from "urql";
import { told } from "@/data/errors";
import { beginSession } from "@/data/session";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/fields";
import { useTitle } from "@/ui/Page";
import { safeNext } from "./next";
import { useTheme } from "./theme";
import { SignInDocument } from "./sign-in.generated";

/** A stack on one's own machine: nobody else's token is known there, so its link may sign in by itself. */
const isOwnMachine = (): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);


export function SignIn() {
  useTheme();
  useTitle("Sign in");
  const client = useClient();
  const [search] = useSearchParams();
  const [mode, setMode] = useState<"password" | "token">("password");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const next = safeNext(search.get("next"));

  const enter = async (given: string) => {
    await beginSession(given);
    location.replace(next);
  };

  useEffect(() => {
    // The part behind # never leaves the browser; it is taken out of the address at once.
    const given = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!given) return;
    history.replaceState(null, "", location.pathname + location.search);
    setMode("token");
    if (!isOwnMachine()) {
      // Somebody else's link would have a person work, unawares, in an account that is not theirs.
      setToken(given);
      setNotice("This link has a token in it. Sign in with it only if the link is yours: what you do then happens in the account that the token belongs to.");
      return;
    }
    setBusy(true);
    beginSession(given)
      .then(() => location.replace(next))
      .catch((error: Error) => {
        setProblem(`${error.message} Start the link anew, or sign in here.`);
        setBusy(false);
      });
  }, [next]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      if (mode === "token") return await enter(token.trim());
      const answer = await client.mutation(SignInDocument, { input: { email, password } }).toPromise();
      const problems = answer.error ? told(answer.error) : (answer.data?.signIn.errors ?? []);
      const given = answer.data?.signIn.token;
      if (problems.length > 0 || !given) throw new Error(problems[0]?.message ?? "You could not be signed in.");
      await enter(given);
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="flex min-h-full items-center justify-center p-4">
      <form onSubmit={(event) => void submit(event)} className="flex w-96 max-w-full flex-col gap-4 rounded-xl border border-line bg-surface p-6" aria-labelledby="sign-in">
        <h1 id="sign-in" className="text-xl font-semibold">Sign in to Drystone</h1>
        {mode === "password" ? (
          <>
            <TextField label="E-mail" type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
            <TextField label="Password" type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
          </>
        ) : (
          <TextField label="Access token" type="password" autoComplete="off" required value={token} onChange={(event) => setToken(event.target.value)} help="An API key or a session's token. The owner's first key was shown when the stack started for the first time." />
        )}
        {notice && mode === "token" && <p role="status" className="rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">{notice}</p>}
        {problem && <p role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-sm text-danger">{problem}</p>}
        <Button type="submit" look="primary" isBusy={isBusy}>Sign in</Button>
        <button type="button" className="text-sm text-accent underline" onClick={() => { setMode(mode === "password" ? "token" : "password"); setProblem(null); }}>
          {mode === "password" ? "Use an access token instead" : "Use a password instead"}
        </button>
      </form>
    </main>
  );
}
