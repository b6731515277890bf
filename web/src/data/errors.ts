/** What went wrong, in words for people: from GraphQL's errors, from a mutation's problems and from the network. */
import type { CombinedError } from "urql";
import type { Problem } from "./schema.generated";

export type Told = { code: string; message: string; remedy?: string | null; path?: string[] };

/** Every error that a query as a whole had. */
export function told(error: CombinedError): Told[] {
  if (error.networkError) {
    return [
      {
        code: "OFFLINE",
        message: "The API does not answer.",
        remedy: "Nothing is lost: runs go on without this page.",
      },
    ];
  }
  return error.graphQLErrors.map((one) => ({
    code: String(one.extensions?.code ?? "INTERNAL"),
    message: one.message,
    remedy: (one.extensions?.remedy as string | undefined) ?? null,
  }));
}

/** The same of a change, which nobody sends again unasked: whether it was done is not known. */
export function toldOfChange(error: CombinedError): Told[] {
  return told(error).map((one) => (one.code === "OFFLINE" ? { ...one, remedy: "It may not have been done: try again in a moment." } : one));
}

export type MutationProblem = Pick<Problem, "code" | "message"> & Partial<Omit<Problem, "code" | "message">>;

/** A change that was refused: `problems` says why, each at its place. */
export class Refused extends Error {
  constructor(readonly problems: Told[]) {
    super(problems.map((one) => one.message).join(" ") || "It was refused.");
  }
}
