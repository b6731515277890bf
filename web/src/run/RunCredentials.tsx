/** Which credential fills which place of a run: chosen here for this run, or by the nodes themselves. */
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { CredentialPicker } from "@/credentials/CredentialPicker";
import type { GraphDocument } from "@/graph/document";
import { Button } from "@/ui/Button";
import { type Chosen, hasOwnCredentials } from "./request";
import type { RunFormCredentialsQuery } from "./run-form.generated";

export type RunRequirement = RunFormCredentialsQuery["requiredCredentials"][number];

type Props = {
  document: GraphDocument;
  agentId: string;
  requirements: readonly RunRequirement[];
  chosen: Chosen;
  onChange: (chosen: Chosen) => void;
  missing: readonly RunRequirement[];
  isTried: boolean;
};

export function RunCredentials({ document, agentId, requirements, chosen, onChange, missing, isTried }: Props) {
  return (
    <section aria-label="Credentials" className="flex flex-col gap-3 border-t border-line pt-4">
      <h3 className="flex items-center gap-2 text-sm font-semibold"><KeyRound className="size-4 text-muted" aria-hidden /> Credentials</h3>
      {requirements.map((one) => (
        <Requirement
          key={one.key}
          requirement={one}
          agentId={agentId}
          isOwn={hasOwnCredentials(document, one)}
          value={chosen[one.key] ?? null}
          onChange={(id) => onChange({ ...chosen, [one.key]: id })}
          isMissing={missing.includes(one)}
          isTried={isTried}
        />
      ))}
    </section>
  );
}

const MISSING = "The run cannot do without it: choose one, or add one here.";

function Requirement({ requirement, agentId, isOwn, value, onChange, isMissing, isTried }: { requirement: RunRequirement; agentId: string; isOwn: boolean; value: string | null; onChange: (id: string | null) => void; isMissing: boolean; isTried: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const isShown = isOpen || value !== null || !isOwn;
  return (
    <div className="flex flex-col gap-1.5 rounded-lg border border-line p-3">
      {isShown ? (
        <CredentialPicker requirement={requirement} value={value} onChange={onChange} error={isMissing && isTried ? MISSING : null} />
      ) : (
        <div className="flex flex-wrap items-center gap-2 text-sm">
          <span className="min-w-0 flex-1">
            <span className="font-medium">{requirement.providers.join(" or ")}</span>: <span className="text-muted">chosen in the agent.</span>
          </span>
          <Button isSmall onClick={() => setOpen(true)}>Use another for this run</Button>
        </div>
      )}
      {isMissing && !(isShown && isTried) && <p className={isTried ? "text-xs text-danger" : "text-xs text-warn"}>{MISSING}</p>}
      <Places requirement={requirement} agentId={agentId} />
    </div>
  );
}

/** Where it is used, each with the way to that node. */
function Places({ requirement, agentId }: { requirement: RunRequirement; agentId: string }) {
  const shown = requirement.places.slice(0, 4);
  return (
    <p className="text-xs text-muted">
      Used by{" "}
      {shown.map((place, at) => (
        <span key={place.nodeId + place.pin}>
          {at > 0 && ", "}
          <Link className="underline" to={`/build/${agentId}?node=${encodeURIComponent(place.nodeId)}`}>{place.nodeTitle ?? "a node without a name"}</Link>
        </span>
      ))}
      {requirement.places.length > shown.length && ` and ${requirement.places.length - shown.length} more`}
      {requirement.usedWith.length > 0 && `, with ${requirement.usedWith.slice(0, 3).join(", ")}`}.
    </p>
  );
}
