/** What stands while somebody grants access in another window. */
import { Button } from "@/ui/Button";
import { Loading } from "@/ui/states";
import type { GrantState } from "./useGrant";

export function GrantWait({ title, state, address, stop }: { title: string; state: GrantState; address: string | null; stop: () => void }) {
  return (
    <div className="flex flex-col items-center gap-2 text-center">
      {state === "late" ? (
        <p role="alert" className="text-sm">The ten minutes for it are over. Begin again.</p>
      ) : (
        <Loading text={`Waiting for you to grant access at ${title}`} />
      )}
      {state !== "late" && address && (
        <p className="text-sm text-muted">
          {state === "blocked" ? "The browser did not let the window open. " : "No window to be seen? "}
          <a className="text-accent underline" href={address} target="_blank" rel="noopener noreferrer nofollow">Open it here</a>
        </p>
      )}
      <Button onClick={stop}>{state === "late" ? "Back" : "Stop waiting"}</Button>
    </div>
  );
}
