/** Leaving, and entering another organisation: both begin the page anew, so nothing of before stays in it. */
import { beginSession, endSession } from "@/data/session";
import { useChange } from "@/data/useChange";
import { SignOutDocument, SwitchOrganisationDocument } from "./shell.generated";

export function useAccount(): { enter: (organisationId: string) => Promise<void>; leave: () => Promise<void> } {
  const [switchTo] = useChange(SwitchOrganisationDocument);
  const [signOut] = useChange(SignOutDocument, { isQuiet: true });
  return {
    enter: async (id) => {
      const answer = await switchTo({ id }).catch(() => null);
      if (!answer?.token) return;
      await beginSession(answer.token);
      location.assign("/library");
    },
    leave: async () => {
      // A key has no session to end; the cookie is forgotten all the same.
      await signOut({}).catch(() => undefined);
      await endSession();
      location.assign("/sign-in");
    },
  };
}
