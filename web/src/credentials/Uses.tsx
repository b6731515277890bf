/** What uses a credential, by kind, each with the way to it. */
import { Link } from "react-router";
import { useQuery } from "urql";
import { told } from "@/data/errors";
import { Dialog } from "@/ui/Dialog";
import { Failed, Loading } from "@/ui/states";
import { type CredentialUsePartsFragment, CredentialUsesDocument } from "./uses.generated";
import { CONSEQUENCES, useName, usePath, usesByKind } from "./uses";

/** Read anew each time: it is asked for before something is deleted. */
export function useUses(credentialId: string) {
  const [{ data, error, fetching, stale }, read] = useQuery({ query: CredentialUsesDocument, variables: { id: credentialId }, requestPolicy: "cache-and-network" });
  const isKnown = data !== undefined && !fetching && !stale;
  return { uses: isKnown ? data.credential.uses : null, errors: error && !fetching ? told(error) : [], read: () => read({ requestPolicy: "network-only" }) };
}

export function UsesList({ uses, hasConsequences = false }: { uses: readonly CredentialUsePartsFragment[]; hasConsequences?: boolean }) {
  return (
    <div className="flex max-h-72 flex-col gap-3 overflow-y-auto text-sm" tabIndex={0} role="group" aria-label="What uses it">
      {usesByKind(uses).map((group) => (
        <section key={group.kind}>
          <h3 className="font-medium text-text">{group.title}</h3>
          {hasConsequences && <p className="text-muted">{CONSEQUENCES[group.kind]}</p>}
          <ul className="ml-4 list-disc text-muted">
            {group.uses.map((use, index) => {
              const path = usePath(use);
              return <li key={use.id ?? index} className="break-words">{path ? <Link className="text-accent underline" to={path}>{useName(use)}</Link> : useName(use)}</li>;
            })}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function UsesDialog({ credential, onClose }: { credential: { id: string; title: string }; onClose: () => void }) {
  const { uses, errors, read } = useUses(credential.id);
  return (
    <Dialog isOpen onClose={onClose} size="small" title={`What uses ${credential.title}`} description="Agents in their active version and their draft, and what gives it to their runs.">
      <Failed errors={errors} retry={read} />
      {!uses && errors.length === 0 && <Loading text="Looking for what uses it" />}
      {uses && uses.length === 0 && <p className="text-sm text-muted">Nothing names it. Whoever starts a run may still choose it there.</p>}
      {uses && uses.length > 0 && <UsesList uses={uses} />}
    </Dialog>
  );
}
