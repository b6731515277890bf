/** The browser's session: a cookie that no script can read. It keeps no token. */

/** Written anew with each change of who is signed in, for the other tabs: the cookie is theirs, too. */
const MARK = "drystone.session";

function tellOthers(): void {
  try {
    localStorage.setItem(MARK, String(Date.now()));
  } catch {
    // Without storage the other tabs notice by the API's answers.
  }
}

/** Do something when another tab has signed in, out, or into another organisation. */
export function onOtherSession(act: () => void): void {
  window.addEventListener("storage", (event) => {
    if (event.key === MARK && event.newValue !== null) act();
  });
}

/** Have the API keep a token as this browser's session; throws with what it says where it does not know the token. */
export async function beginSession(token: string): Promise<void> {
  const answer = await fetch("/session", { method: "POST", headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) {
    throw new Error(answer.status === 401 ? "This token is unknown, or it has ended." : await problemOf(answer));
  }
  tellOthers();
}

export async function endSession(): Promise<void> {
  const answer = await fetch("/session", { method: "DELETE" });
  if (!answer.ok) throw new Error(await problemOf(answer));
  tellOthers();
}

/** What an answer of a REST route says is wrong, in words. */
export async function problemOf(answer: Response): Promise<string> {
  try {
    const told = (await answer.json()) as { title?: string; detail?: string; errors?: { message?: string }[] };
    return told.errors?.[0]?.message ?? told.detail ?? told.title ?? answer.statusText;
  } catch {
    return answer.statusText || `The API answered ${answer.status}.`;
  }
}
