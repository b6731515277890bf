/** Mutations: one hook that sends one, tells what was refused, and says when it is under way. */
import { useCallback, useState } from "react";
import { type AnyVariables, type TypedDocumentNode, useClient } from "urql";
import { notify } from "@/ui/toasts";
import { type MutationProblem, Refused, type Told, toldOfChange } from "./errors";

type Payload = { errors: MutationProblem[] };

/**
 * Give `change(variables)`, which resolves to the mutation's payload, and rejects with `Refused` where it was not done.
 * With `isQuiet` the caller shows what was refused; otherwise a toast does.
 */
export function useChange<Data extends Record<string, unknown>, Variables extends AnyVariables>(
  document: TypedDocumentNode<Data, Variables>,
  { isQuiet = false }: { isQuiet?: boolean } = {},
): [(variables: Variables) => Promise<Data[keyof Data]>, { isBusy: boolean; problems: Told[] }] {
  const client = useClient();
  const [isBusy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Told[]>([]);
  const change = useCallback(
    async (variables: Variables) => {
      setBusy(true);
      setProblems([]);
      try {
        const answer = await client.mutation(document, variables).toPromise();
        const found = answer.error ? toldOfChange(answer.error) : problemsOf(answer.data);
        if (found.length > 0) throw new Refused(found);
        return Object.values(answer.data as Data)[0] as Data[keyof Data];
      } catch (error) {
        const found = error instanceof Refused ? error.problems : [{ code: "INTERNAL", message: String(error) }];
        setProblems(found);
        if (!isQuiet) notify({ kind: "error", title: found[0]?.message ?? "It was refused.", text: found[0]?.remedy });
        throw error;
      } finally {
        setBusy(false);
      }
    },
    [client, document, isQuiet],
  );
  return [change, { isBusy, problems }];
}

function problemsOf(data: unknown): Told[] {
  const payload = Object.values((data ?? {}) as Record<string, Payload>)[0];
  return (payload?.errors ?? []).map((one) => ({ ...one, code: String(one.code), path: one.path ?? [] }));
}
