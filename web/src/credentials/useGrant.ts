/**
 * Have a person grant access at a provider, in a window of its own, and notice when it is done.
 *
 * The window gets no hold of this page (`opener` is taken away), and the provider's page may cut ours off from the window, so
 * neither can tell the other anything: the credentials themselves are looked at until one is new or was renewed.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { useClient } from "urql";
import { useChange } from "@/data/useChange";
import { BeginOAuthDocument, GrantedCredentialsDocument } from "./credentials.generated";

const LOOK_MS = 1_500;
/** As long as the address serves that `beginOAuth` gives. */
const WAIT_MS = 600_000;

export type GrantState = "idle" | "waiting" | "blocked" | "late";
type Seen = Map<string, string>;
type Asked = { provider: string; scopes: string[]; title: string; credentialId?: string | null };

/** The first that is in force and was not there, or has changed since. */
export function granted(before: Seen, now: { id: string; updatedAt: string; endedAt?: string | null }[]): string | null {
  return now.find((one) => !one.endedAt && before.get(one.id) !== one.updatedAt)?.id ?? null;
}

/** The last page of it is one of ours again, and says whose the access became: it can be closed. A provider's page cannot, and need not. */
function closeOwn(page: Window | null): void {
  try {
    if (page?.location.origin === location.origin) page.close();
  } catch {
    // It is at another origin still.
  }
}

export function useGrant(onDone: (id: string) => void) {
  const client = useClient();
  const [begin, { problems, isBusy }] = useChange(BeginOAuthDocument, { isQuiet: true });
  const [state, setState] = useState<GrantState>("idle");
  const [address, setAddress] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const done = useRef(onDone);
  done.current = onDone;
  const stop = useCallback(() => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = null;
    setState("idle");
    setAddress(null);
  }, []);
  useEffect(() => () => { if (timer.current) clearTimeout(timer.current); }, []);

  const seen = useCallback(
    async (provider: string) => {
      const answer = await client.query(GrantedCredentialsDocument, { provider }, { requestPolicy: "network-only" }).toPromise();
      return answer.data?.credentials.nodes ?? null;
    },
    [client],
  );

  const grant = useCallback(
    async (asked: Asked) => {
      // Opened while the click is being dealt with: later on the browser would block it.
      const page = window.open("about:blank", "_blank", "popup,width=640,height=760");
      if (page) page.opener = null;
      try {
        const before = new Map((await seen(asked.provider))?.map((one) => [one.id, one.updatedAt]) ?? []);
        const answer = await begin({ input: asked });
        const url = answer.authorizeUrl ? new URL(answer.authorizeUrl) : null;
        if (!url || !/^https?:$/.test(url.protocol)) throw new Error("The provider's address cannot be opened.");
        setAddress(url.href);
        if (page) page.location.replace(url.href);
        setState(page ? "waiting" : "blocked");
        const end = Date.now() + WAIT_MS;
        const look = async () => {
          const id = granted(before, (await seen(asked.provider)) ?? []);
          if (timer.current === null) return;
          if (id) {
            closeOwn(page);
            stop();
            done.current(id);
          } else if (Date.now() > end) setState("late");
          else timer.current = setTimeout(() => void look(), LOOK_MS);
        };
        timer.current = setTimeout(() => void look(), LOOK_MS);
      } catch {
        page?.close();
        setState("idle");
      }
    },
    [begin, seen, stop],
  );
  return { grant, stop, state, address, problems, isBusy };
}
