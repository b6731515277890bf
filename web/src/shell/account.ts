/** Leaving, and entering another organisation: both begin the page anew, so nothing of before stays in it. */
import { beginSession, endSession } from "@/data/session";
import { useChange } from "@/data/useChange";
import { notify } from "@/ui/toasts";
import { forgetKept, unsavedAgents } from "./kept";
import { useViewer } from "./viewer";
import { SignOutDocument, SwitchOrganisationDocument } from "./shell.generated";

export function useAccount(): { enter: (organisationId: string) => Promise<void>; leave: () => Promise<void> } {
  const person = useViewer().id;
  const [switchTo] = useChange(SwitchOrganisationDocument);
  const [signOut] = useChange(SignOutDocument, { isQuiet: true });
  return {
    enter: async (id) => {
      const answer = await switchTo({ id }).catch(() => null);
      if (!answer?.token) return;
      try {
        await beginSession(answer.token);
      } catch (error) {
        return notify({ kind: "error", title: "The organisation could not be entered.", text: String(error instanceof Error ? error.message : error) });
      }
      location.assign("/library");
    },
    leave: async () => {
      const count = unsavedAgents(person);
      const left = `Changes to ${count === 1 ? "an agent" : `${count} agents`} are in this browser only: they are not saved yet. Sign out, and lose them?`;
      if (count > 0 && !confirm(left)) return;
      // A key has no session to end; the cookie is forgotten all the same.
      await signOut({}).catch(() => undefined);
      try {
        await endSession();
      } catch (error) {
        // To be taken for signed out is worse than to be told.
        return notify({ kind: "error", title: "You are still signed in: the API does not answer.", text: String(error instanceof Error ? error.message : error) });
      }
      // The next person at this browser finds nothing of it. An open canvas keeps a copy when it is left: that goes, too.
      forgetKept(person);
      addEventListener("pagehide", () => forgetKept(person));
      location.assign("/sign-in");
    },
  };
}
