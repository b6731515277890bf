/** Choose a credential for a need, or make one in place. It shows what fits, says why others do not, and never blocks saving. */
import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useClient, useQuery } from "urql";
import { told } from "@/data/errors";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/classes";
import { Dialog } from "@/ui/Dialog";
import { SelectField } from "@/ui/fields";
import { CredentialForm } from "./CredentialForm";
import { isOfKind, misfit, type Requirement, shortScope } from "./fitting";
import { PickableCredentialDocument, type PickableCredentialsQuery, PickableCredentialsDocument } from "./picker.generated";

export type Pickable = PickableCredentialsQuery["credentials"]["nodes"][number];

type Props = {
  requirement: Requirement;
  /** The id of the credential that is chosen. */
  value: string | null;
  onChange: (id: string | null, credential: Pickable | null) => void;
  label?: ReactNode;
  help?: ReactNode;
  error?: string | null;
  isDisabled?: boolean;
  /** What the chosen one is called, where the caller may not see it. */
  chosenTitle?: string | null;
};

export function CredentialPicker({ requirement, value, onChange, label, help, error, isDisabled, chosenTitle }: Props) {
  const client = useClient();
  const [isAdding, setAdding] = useState(false);
  const only = requirement.providers.length === 1 && !requirement.hasDemo ? requirement.providers[0] : null;
  const [{ data, error: failure, fetching }, again] = useQuery({ query: PickableCredentialsDocument, variables: { provider: only } });
  const all = data?.credentials.nodes ?? [];
  const offered = all.filter((one) => isOfKind(one, requirement));
  const chosen = offered.find((one) => one.id === value);
  const name = label ?? `Credential of ${requirement.providers.join(", ") || "any service"}`;
  const isStranger = value !== null && !chosen && !fetching;
  const wrong = chosen ? misfit(chosen, requirement) : isStranger ? "you may not use it, or it was deleted" : null;
  const isReady = data !== undefined;
  const problem = error ?? (wrong ? `This one cannot be used: ${wrong}.` : failure && !data ? (told(failure)[0]?.message ?? null) : null);
  const add = async (id: string) => {
    setAdding(false);
    again({ requestPolicy: "network-only" });
    const made = await client.query(PickableCredentialDocument, { id }, { requestPolicy: "network-only" }).toPromise();
    onChange(id, made.data?.credential ?? null);
  };
  return (
    <div className="flex flex-col gap-1">
      <div className={cx("flex gap-2", problem ? "items-start" : "items-end")}>
        <div className="min-w-0 flex-1">
          <SelectField
            label={name}
            isRequired={requirement.isRequired && !requirement.hasDemo}
            disabled={isDisabled}
            error={problem}
            value={value ?? ""}
            onChange={(id) => onChange(id || null, offered.find((one) => one.id === id) ?? null)}
            options={[
              { value: "", label: nothing(requirement, isReady, offered.length) },
              ...(value !== null && !chosen ? [{ value, label: chosenTitle ?? "The one that is chosen" }] : []),
              ...offered.map((one) => {
                const why = misfit(one, requirement);
                return { value: one.id, label: `${describe(one, requirement)}${why ? ` (${why})` : ""}`, isDisabled: why !== null && one.id !== value };
              }),
            ]}
          />
        </div>
        <Button className={problem ? "mt-6" : undefined} icon={<Plus className="size-4" aria-hidden />} disabled={isDisabled} onClick={() => setAdding(true)}>
          New<span className="sr-only"> credential of {requirement.providers.join(" or ")}</span>
        </Button>
      </div>
      {help && <p className="text-xs text-muted">{help}</p>}
      {requirement.scopes.length > 0 && requirement.types.includes("OAUTH2") && (
        <p className="text-xs break-words text-muted">It needs access to: {requirement.scopes.map(shortScope).join(", ")}.</p>
      )}
      <Dialog isOpen={isAdding} onClose={() => setAdding(false)} title="New credential" description="It can be used in every agent from then on.">
        <CredentialForm {...(requirement.providers.length === 1 ? { provider: requirement.providers[0] } : { providers: requirement.providers })} types={requirement.types} scopes={requirement.scopes} onDone={(id) => void add(id)} />
      </Dialog>
    </div>
  );
}

function nothing(need: Requirement, isReady: boolean, count: number): string {
  if (!isReady) return "Loading";
  if (need.hasDemo) return "The demo answers";
  if (!need.isRequired) return "None";
  return count > 0 ? "Choose one" : "You have none yet";
}

function describe(one: Pickable, need: Requirement): string {
  const ending = one.last4 ? ` …${one.last4}` : "";
  const provider = need.providers.length > 1 || need.hasDemo ? ` · ${one.provider}` : "";
  return `${one.title}${ending}${provider}${one.isShared ? " · shared" : ""}`;
}
