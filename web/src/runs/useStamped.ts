/** A query that is read again whenever something happened in the run. */
import { useEffect, useRef } from "react";
import { type AnyVariables, type TypedDocumentNode, useQuery } from "urql";
import { type Told, told } from "@/data/errors";

export function useStamped<Data, Variables extends AnyVariables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, stamp: number, isPaused = false): { data: Data | undefined; errors: Told[]; again: () => void } {
  const [{ data, error }, read] = useQuery<Data, Variables>({ query: document, variables, pause: isPaused });
  const seen = useRef(stamp);
  useEffect(() => {
    if (isPaused) return;
    if (seen.current !== stamp) read({ requestPolicy: "network-only" });
    seen.current = stamp;
  }, [stamp, read, isPaused]);
  return { data, errors: error && !data ? told(error) : [], again: () => read({ requestPolicy: "network-only" }) };
}
